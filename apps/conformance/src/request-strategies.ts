import { apiKey, basic, bearer, clientCredentials, jwtBearer, none, refreshToken, tokenExchange } from '@auth/client';
import { awsSigV4, httpSignature, standardWebhooks, type Signer, type Strategy } from '@auth/client';
import { tokenFile } from '@auth/client/workload';
import {
  createDpopKey,
  createMessageSigningKey,
  createSigningKey,
  Faults,
  type DpopKey,
  type DpopKeyOptions,
} from '@auth/core/signing';

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
  privateKeyJwt: ({ audience, ...options }: Json) =>
    clientCredentials({
      assertionAudience: audience,
      ...options,
      clientAuthentication: 'private_key_jwt',
    } as never),
  none: (options: Json) => {
    const faults = new Faults();
    for (const name of Object.keys(options)) faults.add(name, 'unknown-option', 'is not an option; there are none');
    faults.throwIfAny();
    return none();
  },
};
/** What the platform's file stands for. */
const fileMembers: Readonly<Record<string, string>> = { tokenExchange: 'subjectToken', jwtBearer: 'assertion' };

/** Types of `auth` that sign requests, and send no credential beside it. */
const signers: Readonly<Record<string, (options: Json) => Promise<Signer>>> = {
  async httpSignature({ keyid, alg, secretBase64, privateKeyPem, ...options }) {
    const given = { keyid, alg, secretBase64, privateKeyPem };
    const key = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return httpSignature({ ...options, key: await createMessageSigningKey(key as never) });
  },
  hmac: (options) => signers['httpSignature']!({ alg: 'hmac-sha256', ...options }),
  awsSigV4: (options) => Promise.resolve(awsSigV4(options as never)),
  standardWebhooks: (options) => Promise.resolve(standardWebhooks(options as never)),
};

/** Makes the signer that `auth` describes; undefined where it describes a strategy. */
export async function readSigner({ type, ...options }: Json): Promise<Signer | undefined> {
  return typeof type === 'string' && Object.hasOwn(signers, type) ? signers[type]!(options) : undefined;
}

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
  const names = [...Object.keys(strategies), ...Object.keys(signers)].join(', ');
  faults.add('type', 'invalid-option', `must be one of ${names}`);
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
