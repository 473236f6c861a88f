import { apiKey, basic, bearer, clientCredentials, createClient, none } from '@auth/client';
import type { Client, ClientOptions, Strategy } from '@auth/client';
import { Faults } from '@auth/core/signing';
import { createOffsetClock } from '@auth/core/testing';

type Json = Readonly<Record<string, unknown>>;

/** Options go on as they are: the strategies check them. */
const strategies: Readonly<Record<string, (options: never) => Strategy>> = {
  basic,
  apiKey,
  bearer,
  clientCredentials,
  none: (options: Json) => {
    const faults = new Faults();
    for (const name of Object.keys(options)) faults.add(name, 'unknown-option', 'is not an option; there are none');
    faults.throwIfAny();
    return none();
  },
};
const laterStrategies: ReadonlySet<unknown> = new Set([
  'refreshToken', 'tokenExchange', 'jwtBearer', 'privateKeyJwt', 'hmac', 'httpSignature', 'awsSigV4', 'standardWebhooks',
]); // prettier-ignore
const later: readonly string[] = ['dpop', 'tls', 'tokenCache'];

/**
 * Makes the client that a configuration describes.
 * @throws ConfigurationError with every fault of it; ClientError where it is well formed, and cannot be sent safely
 */
export function readClient(json: unknown, given: Pick<ClientOptions, 'onEvent' | 'clock'>): Client {
  const faults = new Faults();
  if (!isObject(json)) {
    faults.add('$', 'invalid-option', 'must be a JSON object');
    faults.throwIfAny();
  }
  const { auth, clock, ...options } = json as Json;
  const known = Object.fromEntries(Object.entries(options).filter(([name]) => !later.includes(name)));
  for (const name of later)
    if (options[name] !== undefined) faults.add(name, 'not-supported', 'is not supported yet: leave it out');
  const strategy = faults.within('auth', () => readStrategy(auth));
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

function readStrategy(json: unknown): Strategy {
  const { type, ...options } = isObject(json) ? json : {};
  if (typeof type === 'string' && Object.hasOwn(strategies, type)) return strategies[type]!(options as never);
  const faults = new Faults();
  const names = Object.keys(strategies).join(', ');
  if (laterStrategies.has(type)) faults.add('type', 'not-supported', `is not supported yet: use one of ${names}`);
  else faults.add('type', 'invalid-option', `must be one of ${names}`);
  faults.throwIfAny();
  throw new Error('unreachable');
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
