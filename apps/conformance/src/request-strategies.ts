import { apiKey, basic, bearer, clientCredentials, jwtBearer, none, refreshToken, tokenExchange } from '@auth/client';
import type { Strategy } from '@auth/client';
import { tokenFile } from '@auth/client/workload';
import { createDpopKey, createSigningKey, Faults, type DpopKey, type DpopKeyOptions } from '@auth/core/signing';

type Json = Readonly<Record<string, unknown>>;
type Make = (options: never) => Strategy;

/** Strategies by `auth.type`; their options go on as they are, and they check them. */
const strategies: Readonly<Record<string, Make>> = {
  basic,
  apiKey,
  bearer,
  clientCredentials,
  refreshToken,
  tokenExchange,
  jwtBearer,
  privateKeyJwt: (({ audience, ...options }: Json) =>
    clientCredentials({
      assertionAudience: audience,
      ...options,
      clientAuthentication: 'private_key_jwt',
    } as never)) as Make,
  none: (options: Json) => {
    const faults = new Faults();
    for (const name of Object.keys(options)) faults.add(name, 'unknown-option', 'is not an option; there are none');
    faults.throwIfAny();
    return none();
  },
};
/** What the platform's file stands for. */
const fileMembers: Readonly<Record<string, string>> = { tokenExchange: 'subjectToken', jwtBearer: 'assertion' };
const later: ReadonlySet<unknown> = new Set(['hmac', 'httpSignature', 'awsSigV4', 'standardWebhooks']);

/**
 * Makes the strategy that `auth` describes.
 * @throws ConfigurationError with every fault of it
 */
export async function readStrategy(json: Json, dpop: unknown): Promise<Strategy> {
  const { type, ...others } = json;
  const options = dpop === undefined ? others : { ...others, dpop: await readDpopKey(dpop) };
  if (typeof type === 'string' && Object.hasOwn(strategies, type))
    return strategies[type]!(readFiles(type, await readKey(options)) as never);
  const faults = new Faults();
  const names = Object.keys(strategies).join(', ');
  if (later.has(type)) faults.add('type', 'not-supported', `is not supported yet: use one of ${names}`);
  else faults.add('type', 'invalid-option', `must be one of ${names}`);
  faults.throwIfAny();
  throw new Error('unreachable');
}

function readDpopKey(json: unknown): Promise<DpopKey> {
  const { alg, ...others } = (typeof json === 'object' && json !== null ? json : { none: undefined }) as Json;
  return createDpopKey({ ...(alg !== undefined && { algorithm: alg }), ...others } as DpopKeyOptions);
}

/** `privateKeyPem` with `keyid` and `alg` becomes the key that it is. */
async function readKey({ privateKeyPem, keyid, alg, ...options }: Json): Promise<Json> {
  if (privateKeyPem === undefined)
    return { ...options, ...(keyid !== undefined && { keyid }), ...(alg !== undefined && { alg }) };
  const signingKey = await createSigningKey({ privateKeyPem, keyid, algorithm: alg } as never);
  return { ...options, signingKey };
}

function readFiles(type: string, { tokenFile: path, ...options }: Json): Json {
  const member = fileMembers[type];
  if (path === undefined || typeof path !== 'string')
    return path === undefined ? options : { ...options, tokenFile: path };
  return member === undefined
    ? { ...options, clientAssertion: tokenFile(path) }
    : { ...options, [member]: tokenFile(path) };
}
