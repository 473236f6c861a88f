import { createClient, none, type Client, type ClientOptions } from '@auth/client';
import { Faults, isConfigurationError } from '@auth/core/signing';
import { createOffsetClock } from '@auth/core/testing';

import { readStrategy } from './request-strategies.js';

type Json = Readonly<Record<string, unknown>>;

const later: readonly string[] = ['dpop', 'tls', 'tokenCache'];

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
  const { auth, clock, ...options } = json as Json;
  const known = Object.fromEntries(Object.entries(options).filter(([name]) => !later.includes(name)));
  for (const name of later)
    if (options[name] !== undefined) faults.add(name, 'not-supported', 'is not supported yet: leave it out');
  const strategy = await readWithin(faults, 'auth', readStrategy(isObject(auth) ? auth : {}));
  const offsetClock = faults.within('clock', () => readClock(clock));
  const all = {
    ...known,
    auth: strategy ?? none(),
    ...(offsetClock !== undefined && { clock: offsetClock }),
    ...given,
  };
  const client = faults.within('', () => createClient(all as unknown as ClientOptions));
  faults.throwIfAny();
  return client as Client;
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

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
