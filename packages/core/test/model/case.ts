import type { AuthRequest, InsecureTransport, Requirement } from '../../src/index.js';
import { requestOf } from '../fixtures/request.js';
import type { Dice } from './dice.js';
import { schemeNames, speakerOf, texts, type SchemeName } from './population.js';
import type { Word } from './words.js';

/** One guard of an API, and the requests that are put before it: plain data, so that it can be printed and made smaller. */
export interface Case {
  readonly schemes: readonly SchemeName[];
  readonly insecureTransport: InsecureTransport;
  readonly trustsProxies: boolean;
  /** Without one, roles inherit nothing and permit nothing, and no route may ask for permissions. */
  readonly hasPolicy: boolean;
  /** What `onAllow` does to whoever has this subject. */
  readonly onAllow: { readonly subject: string; readonly does: LastWord } | undefined;
  readonly requests: readonly Sent[];
  readonly routes: readonly Route[];
  readonly steps: readonly Step[];
}

export type LastWord = 'forbids' | 'disowns' | 'throws' | 'forbids late';

export interface Route {
  readonly require: Requirement;
  readonly hideForbidden: boolean;
}

/** A check of one request by one route, some seconds after the one before. */
export interface Step {
  readonly request: number;
  readonly route: number;
  readonly seconds: number;
}

/** A request: field lines by field, each the name of a credential, `access:ann`, or one of `oddities`. */
export interface Sent {
  readonly lines: Readonly<Partial<Record<Field, readonly string[]>>>;
  readonly target: keyof typeof targets;
  readonly way: keyof typeof ways;
  readonly twoHosts: boolean;
}

export type Field = 'authorization' | 'x-api-key' | 'x-badge' | 'x-card' | 'x-pass';

/** What may stand in `Authorization` and is nobody's credential. */
export const oddities = {
  empty: '',
  two: 'Bearer x, Bearer y',
  other: 'Negotiate abc',
  nonsense: 'Bearer abc',
} as const;

export const targets = {
  path: '/orders',
  'token in query': '/orders?access_token=x',
  'key in query': '/orders?api_key=x',
  absolute: 'https://api.example/orders',
  elsewhere: 'https://other.example/orders',
} as const;

/** How a request came: the peer of the socket, whether the socket is encrypted, and what is forwarded. */
export const ways = {
  tls: { remoteAddress: '203.0.113.9', encrypted: true, proto: undefined },
  plain: { remoteAddress: '203.0.113.9', encrypted: false, proto: undefined },
  liar: { remoteAddress: '203.0.113.9', encrypted: false, proto: 'https' },
  local: { remoteAddress: '127.0.0.1', encrypted: false, proto: undefined },
  'local, http': { remoteAddress: '127.0.0.1', encrypted: false, proto: 'http' },
  'proxy, silent': { remoteAddress: '10.0.0.1', encrypted: false, proto: undefined },
  'proxy, https': { remoteAddress: '10.0.0.1', encrypted: false, proto: 'https' },
  'proxy, http': { remoteAddress: '10.0.0.1', encrypted: true, proto: 'http' },
} as const;
export const proxies = ['127.0.0.1', '10.0.0.0/8'];

export const fieldOf = (name: SchemeName): Field =>
  ({ badge: 'x-badge', card: 'x-card', ticket: 'x-card', pass: 'x-pass' } as const)[name as string] ?? 'authorization';

export function toRequest({ lines, target, way, twoHosts }: Sent): AuthRequest {
  const { remoteAddress, encrypted, proto } = ways[way];
  const headers: Record<string, string | readonly string[]> = {
    host: twoHosts ? ['api.example', 'b.example'] : 'api.example',
  };
  for (const [field, values] of Object.entries(lines)) headers[field] = values.map((value) => textOf(field, value));
  if (proto !== undefined) headers['x-forwarded-proto'] = proto;
  return requestOf({ headers, target: targets[target], connection: { remoteAddress, encrypted } });
}

function textOf(field: string, line: string): string {
  const key = field === 'authorization' && line.startsWith('keys:');
  return key ? `ApiKey ${texts.get(line)}` : (texts.get(line) ?? oddities[line as 'empty'] ?? line);
}

const asked = {
  scopes: [['r'], ['w'], ['r', 'w']],
  roles: [['reader'], ['editor'], ['boss'], ['nobody', 'reader'], ['unheard-of']],
  permissions: [['see'], ['p'], ['see', 'p']],
  acr: [['gold'], ['silver', 'gold']],
  maxAgeSeconds: [30, 60],
} as const;

export function makeCase(dice: Dice): Case {
  const schemes = dice.some(
    dice.chance(0.05) ? schemeNames : schemeNames.filter((name) => name !== 'users'),
    2 + dice.below(3),
  );
  const requests = dice.list(1, () => makeSent(schemes, dice));
  // Another request, half of the time with the same credentials.
  if (dice.chance(0.2)) requests.push(dice.chance(0.5) ? requests[0]! : makeSent(schemes, dice));
  const routes = dice.list(1 + dice.below(3), () => ({
    require: makeRequirement(schemes, dice, 3),
    hideForbidden: dice.chance(0.15),
  }));
  return {
    schemes,
    requests,
    routes,
    insecureTransport: dice.pick(['loopback', 'loopback', 'refuse', 'allow']),
    trustsProxies: dice.chance(0.2),
    hasPolicy: dice.chance(0.3) || JSON.stringify(routes).includes('"permissions"'),
    onAllow: dice.chance(0.85)
      ? undefined
      : { subject: dice.pick(['ann', 'bob']), does: dice.pick(['forbids', 'disowns', 'throws', 'forbids late']) },
    steps: dice.list(1 + dice.below(5), () => ({
      request: dice.below(requests.length),
      route: dice.below(routes.length),
      seconds: dice.pick([0, 0, 0, 29, 30, 31, 60, 65, 90]),
    })),
  };
}

function makeRequirement(schemes: readonly SchemeName[], dice: Dice, depth: number): Requirement {
  const branch = (): Requirement => makeRequirement(schemes, dice, depth - 1);
  const roll = depth === 0 ? 0 : dice.below(100);
  if (roll < 40) return makeAsk(dice.pick(schemes), dice);
  if (roll < 65) return { anyOf: dice.list(1 + dice.below(3), branch) };
  if (roll < 90) {
    const branches = dice.list(1 + dice.below(3), branch);
    const allOf = dice.chance(0.3)
      ? Object.fromEntries(branches.map((each, index) => [`name${index}`, each]))
      : branches;
    return { allOf, ...(dice.chance(0.4) && { sameSubject: dice.chance(0.1) }) };
  }
  return roll < 97 ? { optional: branch() } : { public: true };
}

function makeAsk(scheme: SchemeName, dice: Dice): Requirement {
  const ask: Record<string, unknown> = { scheme };
  for (const [name, values] of Object.entries(asked)) if (dice.chance(0.12)) ask[name] = dice.pick<unknown>(values);
  return ask as Requirement;
}

function makeSent(schemes: readonly SchemeName[], dice: Dice): Sent {
  const lines: Partial<Record<Field, string[]>> = {};
  for (const name of schemes) {
    if (dice.chance(0.3)) continue;
    const field = name === 'keys' && dice.chance(0.5) ? 'x-api-key' : fieldOf(name);
    const stands = (lines[field] ??= []);
    if (stands.length === 0 || dice.chance(0.05))
      stands.push(dice.chance(0.02) ? makeOdd(field, dice) : `${name}:${makeWord(name, dice)}`);
    if (dice.chance(0.01)) stands.push(stands[0]!);
  }
  if (dice.chance(0.03))
    lines[dice.pick(['authorization', 'x-badge', 'x-card'] as const)] ??= [makeOdd('authorization', dice)];
  const usual = dice.chance(0.85);
  return {
    lines,
    target: usual ? 'path' : dice.pick(Object.keys(targets) as (keyof typeof targets)[]),
    way: dice.chance(0.85) ? 'tls' : dice.pick(Object.keys(ways) as (keyof typeof ways)[]),
    twoHosts: dice.chance(0.01),
  };
}

const makeOdd = (field: Field, dice: Dice): string =>
  field === 'authorization'
    ? dice.pick([...Object.keys(oddities), 'stranger:ann'])
    : field === 'x-api-key'
      ? 'nonsense'
      : 'what:ever';

/** Mostly somebody, and mostly the same one: two strangers would be refused before anything else is tried. */
function makeWord(name: SchemeName, dice: Dice): Word {
  const { words } = speakerOf(name);
  const good = words.filter((word) => word.startsWith('ann'));
  return dice.chance(0.75) ? dice.pick(good) : dice.pick(words);
}
