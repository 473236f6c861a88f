import type { Failure } from '../../../../contracts/failure.js';
import { failure } from '../../../../errors/failures.js';
import { splitQuery, splitTarget } from './canonical-request.js';
import { algorithm } from './signing-key.js';

/** What a request claims; nothing of it is proved. */
export interface SigV4Credentials {
  readonly keyid: string;
  /** Day, region, service and terminator, as they were written. */
  readonly scope: readonly [day: string, region: string, service: string, terminator: string];
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly signature: string;
  /** Set where all of this stood in the query. */
  readonly presigned?: {
    readonly amzDate: string;
    /** From its date on. */
    readonly expiresSeconds: number;
  };
}

// Decision: a quarter of an hour. A URL is seen by many.
const longestExpirySeconds = 900;
const malformed = failure('signature-malformed');
const members = ['Credential', 'SignedHeaders', 'Signature'] as const;

/** Reads what follows `AWS4-HMAC-SHA256` in an `Authorization` field: three members, each once, in any order. */
export function parseSigV4Authorization(rest: string): SigV4Credentials | Failure {
  const found = new Map<string, string>();
  for (const member of rest.split(',')) {
    const [name = '', ...value] = member.trim().split('=');
    if (found.has(name)) return malformed;
    found.set(name, value.join('='));
  }
  if (found.size !== members.length) return malformed;
  const [credential, signedHeaders, signature] = members.map((name) => found.get(name));
  return toCredentials({ credential, signedHeaders, signature });
}

/** Whether a target carries a signature, however its name is written. */
export function hasPresignature(target: string): boolean {
  return target.includes('?') && amzParameters(target).has('x-amz-signature');
}

/** Reads a presigned URL. Each parameter that SigV4 knows stands once (CVE-2022-2385: readers took different ones of several). */
export function parsePresigned(target: string): SigV4Credentials | Failure {
  const parameters = amzParameters(target);
  if ([...parameters.values()].some((values) => values.length > 1)) return malformed;
  const valueOf = (name: string): string | undefined => {
    const [only] = parameters.get(name.toLowerCase()) ?? [];
    return only?.name === name ? only.value : undefined;
  };
  const amzDate = valueOf('X-Amz-Date');
  const expires = valueOf('X-Amz-Expires') ?? '';
  if (valueOf('X-Amz-Algorithm') !== algorithm || amzDate === undefined || !/^[1-9]\d{0,5}$/.test(expires))
    return malformed;
  if (Number(expires) > longestExpirySeconds) return failure('signature-stale');
  const credentials = toCredentials({
    credential: valueOf('X-Amz-Credential'),
    signedHeaders: valueOf('X-Amz-SignedHeaders'),
    signature: valueOf('X-Amz-Signature'),
  });
  return 'kind' in credentials
    ? credentials
    : { ...credentials, presigned: { amzDate, expiresSeconds: Number(expires) } };
}

/** `X-Amz-…` of a query by name in lower case, decoded. */
function amzParameters(target: string): ReadonlyMap<string, readonly { name: string; value: string }[]> {
  const parameters = new Map<string, { name: string; value: string }[]>();
  for (const [rawName, rawValue] of splitQuery(splitTarget(target).query)) {
    const name = decode(rawName);
    const key = name.toLowerCase();
    if (!key.startsWith('x-amz-')) continue;
    parameters.set(key, [...(parameters.get(key) ?? []), { name, value: decode(rawValue) }]);
  }
  return parameters;
}

/** What cannot be decoded is none of ours. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

interface Claimed {
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
}

function toCredentials({ credential, signedHeaders, signature }: Claimed): SigV4Credentials | Failure {
  const [keyid, day, region, service, terminator, ...others] = credential?.split('/') ?? [];
  if (keyid === undefined || keyid === '' || terminator === undefined || others.length > 0) return malformed;
  if (signedHeaders === undefined || signature === undefined || !/^[0-9a-f]{64}$/.test(signature)) return malformed;
  const scope = [day!, region!, service!, terminator] as const;
  return { keyid, scope, signedHeaders: signedHeaders.split(';'), signature };
}
