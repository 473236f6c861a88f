import { createSigV4Signer } from '@auth/core/signing';

import type { Signer } from './signer.js';

/** Options of `awsSigV4()`. */
export interface AwsSigV4Options {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
  readonly service: string;
}

/**
 * Signs requests by AWS Signature Version 4.
 * @throws ConfigurationError for wrong options
 * @example createClient({ origin, auth: none(), sign: awsSigV4({ accessKeyId, secretAccessKey, region: 'eu-west-1', service: 'execute-api' }) })
 */
export function awsSigV4({ accessKeyId, secretAccessKey, ...others }: AwsSigV4Options): Signer {
  const signer = createSigV4Signer({ keyid: accessKeyId, secret: secretAccessKey, ...others });
  return Object.freeze({
    type: 'awsSigV4',
    fields: ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'],
    sign: ({ method, url, headers, body }, { now }) => signer.sign({ method, url: url.href, headers, body }, now),
  } satisfies Signer);
}
