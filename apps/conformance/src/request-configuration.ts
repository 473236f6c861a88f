import { createClient, none, type Client, type ClientOptions } from '@auth/client';
import { createFileTokens } from '@auth/client/file-tokens';
import { createTlsAgent, type TlsAgent } from '@auth/client/tls';
import { ConfigurationError, Faults, isConfigurationError } from '@auth/core/signing';
import { createOffsetClock } from '@auth/core/testing';

import { readSigner, readStrategy } from './request-strategies.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * Makes the client that a configuration describes.
 * @throws ConfigurationError with every fault of it; ClientError where it is well formed, and cannot be sent safely
 */
export async function readClient(json: unknown, given: Pick<ClientOptions, 'onEvent' | 'clock'>): Promise<Client> {
  const faults = new Faults();
  if (!isObject(json)) {
    faults.add('$', 'invalid-option', 'must be a JSON object');
    faults.throwIfAny();
  }
  const { auth, clock, dpop, tls, tokenCache, ...options } = json as Json;
  const described = isObject(auth) ? auth : {};
  const sign = await readWithin(faults, 'auth', readSigner(described));
  const strategy =
    sign !== undefined || faults.found.length > 0
      ? none()
      : await readWithin(faults, 'auth', readStrategy(described, dpop));
  const offsetClock = faults.within('clock', () => readClock(clock));
  const agent = tls === undefined ? undefined : await readWithin(faults, 'tls', readTls(tls));
  const tokens =
    tokenCache === undefined ? undefined : faults.within('tokenCache', () => createFileTokens(toObject(tokenCache)));
  const all = {
    ...options,
    ...(agent !== undefined && { tls: agent }),
    ...(tokens !== undefined && { tokenCache: tokens }),
    auth: strategy ?? none(),
    ...(sign !== undefined && { sign }),
    ...(offsetClock !== undefined && { clock: offsetClock }),
    ...given,
  };
  const client = faults.within('', () => createClient(all as unknown as ClientOptions)) as Client;
  faults.throwIfAny();
  if (agent === undefined) return client;
  return { ...client, close: () => client.close().then(agent.close) };
}

/** Files, as the public options name them; `watch: false` looks at them no more. */
async function readTls(json: unknown): Promise<TlsAgent> {
  const { key: keyFile, cert: certFile, ca: caFile, watch, ...others } = toObject(json) as Json;
  const files = { keyFile, certFile, caFile };
  const given = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined));
  const rarely = watch === false ? { watchSeconds: 3600 } : {};
  try {
    return await createTlsAgent({ ...given, ...rarely, ...others });
  } catch (error) {
    if (isConfigurationError(error)) throw error;
    throw new ConfigurationError([{ path: 'key', reason: 'malformed-key', message: (error as Error).message }]);
  }
}

/** As `faults.within`, for a step that takes its time. */
async function readWithin<T>(faults: Faults, path: string, step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return faults.within(path, () => {
      throw error;
    });
  }
}

function readClock(json: unknown): ClientOptions['clock'] {
  if (json === undefined) return undefined;
  const faults = new Faults();
  const { offsetSeconds = 0, ...others } = isObject(json) ? json : { none: undefined };
  for (const name of Object.keys(others))
    faults.add(name, 'unknown-option', 'must not be there; write { "offsetSeconds": 0 }');
  if (typeof offsetSeconds !== 'number') faults.add('offsetSeconds', 'invalid-option', 'must be a number of seconds');
  faults.throwIfAny();
  return createOffsetClock(offsetSeconds as number);
}

/** Whatever is wrong with it is told by whoever takes it. */
const toObject = (json: unknown): never => (isObject(json) ? json : { file: json }) as never;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
