import {
  createMessageSigner,
  type Awaitable,
  type MessageSigner,
  type MessageSignerOptions,
  type MessageSigningKey,
} from '@auth/core/signing';

import type { Signer } from './signer.js';

/** Options of `httpSignature()`. */
export interface HttpSignatureOptions extends Omit<MessageSignerOptions, 'key' | 'clock' | 'random'> {
  /** `createMessageSigningKey({ … })` of `@auth/core/signing`, with a private key or a shared secret. */
  readonly key: Awaitable<MessageSigningKey>;
}

/**
 * Signs method, target and content of every request (RFC 9421, RFC 9530).
 * @throws ConfigurationError for wrong options: at once, or with the first request where the key comes later
 * @example createClient({ origin, auth: none(), sign: httpSignature({ key: createMessageSigningKey({ keyid, alg: 'ed25519', privateKeyPem }) }) })
 */
export function httpSignature({ key, ...options }: HttpSignatureOptions): Signer {
  let now = 0;
  let signer: Promise<MessageSigner> | undefined;
  const create = async (random: MessageSignerOptions['random']): Promise<MessageSigner> =>
    createMessageSigner({ ...options, key: await key, clock: { now: () => now }, ...(random && { random }) });
  return Object.freeze({
    type: 'httpSignature',
    fields: ['signature', 'signature-input', 'content-digest'],
    async sign({ method, url, headers, body }, context) {
      const made = await (signer ??= create(context.random));
      // Read at once: no other call comes between.
      now = context.now;
      return made.sign({ method, url, headers }, body);
    },
  } satisfies Signer);
}
