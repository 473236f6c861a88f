import { describe, expect, it } from 'vitest';

import type {
  AuthOptions,
  AuthRequest,
  Awaitable,
  Context,
  Decision,
  Extracted,
  Requirement,
  Scheme,
  Verified,
} from '../../src/index.js';
import { createPolicy } from '../../src/policy.js';
import type { Tampering } from './hold.js';
import { policy } from './situation.js';
import { findDifference } from './search.js';
import { atOnce } from '../fixtures/at-once.js';

/** Changes every scheme of a guard. */
const schemes = (change: (scheme: Scheme, options: AuthOptions) => Partial<Scheme>): Tampering => ({
  options: (options) => ({
    ...options,
    schemes: Object.fromEntries(
      Object.entries(options.schemes).map(([name, scheme]) => [name, { ...scheme, ...change(scheme, options) }]),
    ),
  }),
});
const extracted = (change: (found: Extracted<unknown>) => Extracted<unknown>): Tampering =>
  schemes((scheme) => ({ extract: (request, limits) => change(atOnce(scheme.extract(request, limits))) }));
const proofs = (change: (verified: Verified) => Verified): Tampering =>
  schemes((scheme) => ({ verify: (...given) => map(scheme.verify(...given), change) }));
const options = (change: (options: AuthOptions) => Partial<AuthOptions>): Tampering => ({
  options: (given) => ({ ...given, ...change(given) }),
});
/** Changes every part of a requirement, the innermost first. */
const requirements = (change: (part: Record<string, unknown>) => Record<string, unknown>): Tampering => {
  const walk = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(walk);
    return change(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member)])));
  };
  return { requirement: (given) => walk(given) as Requirement };
};
const map = <T>(value: Awaitable<T>, change: (value: T) => T): Awaitable<T> =>
  value instanceof Promise ? value.then(change) : change(value);

const without = (part: Record<string, unknown>, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(part).filter(([member]) => member !== name));

const absent = { kind: 'absent' } as const;
const nobody = { kind: 'allow', principal: null, principals: [], headers: [] } as unknown as Decision;

/** Answers what was answered first for the same key. */
function remembering(): <T>(key: object, find: () => T) => T {
  const known = new WeakMap<object, unknown>();
  return <T>(key: object, find: () => T): T => {
    if (!known.has(key)) known.set(key, find());
    return known.get(key) as T;
  };
}

const failsNow = (scheme: Scheme, credentials: unknown, request: AuthRequest, { clock }: AuthOptions): boolean => {
  try {
    const verified = scheme.verify(credentials, request, { clock, clientAddress: null } as Context);
    return !(verified instanceof Promise) && verified.kind === 'failure';
  } catch {
    return true;
  }
};

const faults: Readonly<Record<string, Tampering>> = {
  'a bad credential is skipped for a good one': schemes((scheme, given) => ({
    extract: (request, limits) => {
      const found = atOnce(scheme.extract(request, limits));
      return found.kind === 'credentials' && failsNow(scheme, found.credentials, request, given) ? absent : found;
    },
  })),
  'a bad credential on an optional route lets in as nobody': {
    check: (check, asked) => (request) =>
      map(check(request), (decision) =>
        asked.optional !== undefined && decision.kind === 'refuse' && decision.code === 'invalid-token'
          ? nobody
          : decision,
      ),
  },
  'a malformed credential is none': extracted((found) => (found.kind === 'failure' ? absent : found)),
  'what is foreign is none': extracted((found) => (found.kind === 'foreign' ? absent : found)),
  'a bound token needs no key': proofs((verified) => {
    if (verified.kind === 'failure') return verified;
    const { confirmation: _, ...principal } = verified.principal;
    return { ...verified, principal };
  }),
  'a proof is remembered by its scheme, for every request': schemes((scheme) => {
    const remember = remembering();
    return { verify: (...given) => remember(scheme, () => scheme.verify(...given)) };
  }),
  'a proof is remembered after it has ended': schemes((scheme) => {
    const remember = remembering();
    return { verify: (...given) => remember(given[1], () => scheme.verify(...given)) };
  }),
  'nothing of a proof is remembered': {
    check: (check) => (request) => check({ ...request }),
  },
  'permission is remembered': (() => {
    const remember = remembering();
    return { check: (check) => (request) => remember(request, () => check(request)) };
  })(),
  'no credential ever ends': options(({ clock }) => {
    const start = clock!.now();
    return { clock: { now: () => start, schedule: (at, run) => clock!.schedule(at, run) } };
  }),
  'subjects of an allOf may always differ': requirements((part) =>
    'allOf' in part ? { ...part, sameSubject: false } : part,
  ),
  'subjects of an allOf may never differ': requirements((part) => without(part, 'sameSubject')),
  'one of many issuers is taken for ours': schemes(() => ({ issuer: 'https://any.example' })),
  'no issuer is comparable with ours': schemes((scheme) => {
    const { issuer: _, ...rest } = scheme;
    return { ...rest, issuer: undefined } as unknown as Scheme;
  }),
  'one branch of an allOf is enough': requirements((part) =>
    'allOf' in part ? { anyOf: Object.values(part['allOf'] as object) } : part,
  ),
  'every branch of an anyOf is needed': requirements((part) => ('anyOf' in part ? { allOf: part['anyOf'] } : part)),
  'what is optional is needed': requirements(
    (part) => (part['optional'] as Record<string, unknown> | undefined) ?? part,
  ),
  'one of the scopes is enough': requirements((part) =>
    'scopes' in part ? { ...part, scopes: (part['scopes'] as readonly string[]).slice(0, 1) } : part,
  ),
  ...Object.fromEntries(
    ['scopes', 'roles', 'permissions', 'acr', 'maxAgeSeconds'].map((name) => [
      `${name} are not asked`,
      requirements((part) => without(part, name)),
    ]),
  ),
  'roles are inherited the wrong way': options(({ policy: given }) =>
    given === undefined
      ? {}
      : {
          policy: createPolicy({
            roles: {
              reader: { ...policy.reader, inherits: ['editor'] },
              editor: { ...policy.editor, inherits: ['boss'] },
              boss: { ...policy.boss, inherits: [] },
            },
          }),
        },
  ),
  'roles inherit nothing': options(({ policy: given }) =>
    given === undefined ? {} : { policy: createPolicy({ roles: { ...policy, editor: { permissions: ['p'] } } }) },
  ),
  'onAllow is not asked': options(() => ({ onAllow: () => undefined })),
  'an onAllow that throws lets in': options(({ onAllow }) => ({
    onAllow: (...given) => {
      try {
        return onAllow?.(...given);
      } catch {
        return undefined;
      }
    },
  })),
  'nobody waits for onAllow': options(({ onAllow }) => ({
    onAllow: (...given) => {
      const said = onAllow?.(...given);
      return said instanceof Promise ? undefined : said;
    },
  })),
  'hideForbidden hides nothing': { checkOptions: () => ({}) },
  'everything is hidden': { checkOptions: () => ({ hideForbidden: true }) },
  'plain HTTP is let in': options(() => ({ insecureTransport: 'allow' })),
  'everybody is a proxy': options(() => ({ trustProxy: ['0.0.0.0/0'] })),
  'nobody is a proxy': options(() => ({ trustProxy: [] })),
  'refusals have no event': options(({ audit }) => ({
    audit: (event) => {
      if (event.outcome === 'allow') (audit as (event: unknown) => void)(event);
    },
  })),
  'a challenge says nothing of what failed': schemes((scheme) => ({ challenge: (realm) => scheme.challenge(realm) })),
};

const cases = { seed: 1, checks: 10_000 };

describe('the model', () => {
  it('agrees with the guard as it is', async () => {
    expect(await findDifference(cases)).toBeUndefined();
  });

  it.each(Object.entries(faults))('finds that %s, on the same cases', async (_, tampering) => {
    expect(await findDifference({ ...cases, tampering })).toMatch(/guard .*\n.*model /);
  });
});
