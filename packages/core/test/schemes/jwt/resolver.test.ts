import { afterEach, describe, expect, it, vi } from 'vitest';

import { isConfigurationError, jwt, type ResolveIssuer } from '../../../src/index.js';
import { IssuerResolver } from '../../../src/schemes/jwt/issuer-resolver.js';
import { createTestClock } from '../../../src/testing.js';
import { contextOf } from '../../fixtures/context.js';
import { keysOf, serveDocuments, type DocumentServer } from '../../fixtures/documents.js';
import { allowed, benchOf, refused, startOfTests } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';
import { claimsOf, issuer, makeSigner } from '../../fixtures/tokens.js';

const ours = await makeSigner('ES256', 'k1');
const theirs = await makeSigner('ES256', 'k1');
const other = 'https://other.example';
let server: DocumentServer | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
  server = undefined;
});

const setUp = (resolve: ResolveIssuer, more: object = {}) => {
  const resolveIssuer = vi.fn<ResolveIssuer>(resolve);
  const bench = benchOf({ access: jwt({ audience: 'api', resolveIssuer, ...more }) });
  const decide = (token: string) => bench.decide({ scheme: 'access' }, sends({ authorization: `Bearer ${token}` }));
  const reasonOf = async (token: string): Promise<string> => {
    await decide(token);
    return bench.events.at(-1)!.reason;
  };
  return { ...bench, resolveIssuer, decideToken: decide, reasonOf };
};
const knowsOther: ResolveIssuer = (iss) => (iss === other ? { issuer: iss, jwks: keysOf(theirs) } : undefined);
const tokenOf = (iss: unknown): Promise<string> => theirs.sign(claimsOf({ iss }));

describe('issuers that are found at run time', () => {
  it('are asked for once, and their tokens taken by their own keys', async () => {
    const { decideToken, reasonOf, resolveIssuer, clock } = setUp(knowsOther);
    const token = await tokenOf(other);
    expect(allowed(await decideToken(token)).principal).toMatchObject({ issuer: other, subject: 'ann' });
    expect(await reasonOf(token)).toBe('ok');
    expect(await reasonOf(await ours.sign(claimsOf({ iss: other })))).toBe('signature-mismatch');
    expect(resolveIssuer).toHaveBeenCalledTimes(1);
    clock.advance(300);
    await reasonOf(token);
    expect(resolveIssuer).toHaveBeenCalledTimes(2);
  });

  it('that nobody knows cost no fetch, and are asked for once in 30 seconds', async () => {
    server = await serveDocuments();
    const { reasonOf, resolveIssuer, clock } = setUp(knowsOther, { allowInsecureHttp: true });
    const token = await tokenOf(server.origin);
    expect(await reasonOf(token)).toBe('bad-issuer');
    expect(await reasonOf(token)).toBe('bad-issuer');
    expect([resolveIssuer.mock.calls.length, server.fetches()]).toEqual([1, 0]);
    clock.advance(30);
    await reasonOf(token);
    expect(resolveIssuer).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['a list', ['https://a.example']],
    ['a number', 7],
    ['nothing', undefined],
    ['no text', ''],
    ['a text without end', 'x'.repeat(2049)],
  ])('are not asked for where iss is %s', async (_, iss) => {
    const { reasonOf, resolveIssuer } = setUp(knowsOther);
    expect(await reasonOf(await tokenOf(iss))).toBe('bad-issuer');
    expect(resolveIssuer).not.toHaveBeenCalled();
  });

  it('stand beside those of the options, for which nobody is asked', async () => {
    const { reasonOf, resolveIssuer } = setUp(knowsOther, { issuer, jwks: keysOf(ours) });
    expect(await reasonOf(await ours.sign(claimsOf()))).toBe('ok');
    expect(resolveIssuer).not.toHaveBeenCalled();
    expect(await reasonOf(await tokenOf(other))).toBe('ok');
  });

  it.each<[string, ResolveIssuer]>([
    ['that throws', () => { throw new Error('no database'); }],
    ['that rejects', () => Promise.reject(new Error('no database'))],
    ['that answers for another issuer', () => ({ issuer: 'https://else.example', jwks: keysOf(theirs) })],
    ['that answers without keys: nothing is discovered from iss', (iss) => ({ issuer: iss })],
    ['that answers with nonsense', (iss) => ({ issuer: iss, jwks: { keys: [] } })],
    ['that answers null', () => null as never],
  ])('by a function %s are an outage, never a 401 (jwt-tenant-resolver-error)', async (_, resolve) => {
    const { decideToken, events, errors } = setUp(resolve);
    const decision = refused(await decideToken(await tokenOf(other)));
    expect([decision.status, decision.code]).toEqual([503, 'dependency-unavailable']);
    expect(events.at(-1)).toMatchObject({ outcome: 'error', reason: 'issuer-resolver-unavailable' });
    expect(errors).toHaveLength(1);
  }); // prettier-ignore

  it('by a function that hangs cost a second', async () => {
    vi.useFakeTimers();
    const { decideToken } = setUp(() => new Promise(() => undefined));
    const decision = Promise.resolve(decideToken(await tokenOf(other)));
    await vi.advanceTimersByTimeAsync(1000);
    expect(refused(await decision).status).toBe(503);
  });

  it('are asked for once by all who wait, and so many at a time', async () => {
    let most = 0;
    let open = 0;
    const { decideToken, resolveIssuer } = setUp(async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return undefined;
    });
    const tokens = await Promise.all(Array.from({ length: 200 }, (_, i) => tokenOf(`https://i${i % 100}.example`)));
    await Promise.all(tokens.map((token) => Promise.resolve(decideToken(token))));
    expect(resolveIssuer).toHaveBeenCalledTimes(100);
    expect(most).toBeLessThanOrEqual(16);
  });

  it('are asked for again where the clock was set back', async () => {
    const { reasonOf, resolveIssuer, clock } = setUp(knowsOther);
    const token = await tokenOf(other);
    await reasonOf(token);
    clock.advance(-1);
    await reasonOf(token);
    expect(resolveIssuer).toHaveBeenCalledTimes(2);
  });

  it('that nobody knows are remembered up to ten thousand, of which the oldest is asked for again', async () => {
    const ask = vi.fn<ResolveIssuer>(() => undefined);
    const resolver = new IssuerResolver(ask, {});
    const context = contextOf({ clock: createTestClock(startOfTests) });
    for (let i = 0; i <= 10_000; i++) await resolver.find(`https://i${i}.example`, context);
    await resolver.find('https://i1.example', context);
    expect(ask).toHaveBeenCalledTimes(10_001);
    await resolver.find('https://i0.example', context);
    expect(ask).toHaveBeenCalledTimes(10_002);
  });

  it('hold their tokens to the profile that was answered for them', async () => {
    const { reasonOf } = setUp((iss) => ({ issuer: iss, jwks: keysOf(theirs), profile: 'rfc9068' }));
    expect(await reasonOf(await tokenOf(other))).toBe('ok');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other }), { typ: 'JWT' }))).toBe('bad-type');
  });

  it('of a type that is no access token are not asked for', async () => {
    const { reasonOf, resolveIssuer } = setUp(knowsOther);
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other }), { typ: 'logout+jwt' }))).toBe('bad-type');
    expect(resolveIssuer).not.toHaveBeenCalled();
  });
});

describe('tenants', () => {
  const template = 'https://login.example/{tenant}/v2.0';
  const tenantOf = (name: string): string => template.replace('{tenant}', name);
  const faultsOf = (options: object): readonly string[] => {
    try {
      jwt({ audience: 'api', issuer: template, ...options });
    } catch (error) {
      if (!isConfigurationError(error)) throw error;
      return error.faults.map(({ path, reason }) => `${path} ${reason}`);
    }
    return [];
  };

  it('share the keys of one set, and stand in the principal', async () => {
    const access = jwt({ audience: 'api', issuer: template, tenants: ['a', 'b'], jwks: keysOf(ours) });
    const bench = benchOf({ access });
    const decide = async (iss: string) =>
      bench.decide({ scheme: 'access' }, sends({ authorization: `Bearer ${await ours.sign(claimsOf({ iss }))}` }));
    expect(allowed(await decide(tenantOf('a'))).principal).toMatchObject({ issuer: tenantOf('a'), tenant: 'a' });
    expect(allowed(await decide(tenantOf('b'))).principal).toMatchObject({ issuer: tenantOf('b'), tenant: 'b' });
    for (const name of ['c', '', 'A', 'a/', '../a', 'a#', '%61', 'constructor'])
      expect(refused(await decide(tenantOf(name))).code).toBe('invalid-token');
    expect('issuer' in access).toBe(false);
  });

  it('have each its own keys where the place of the keys names the tenant', async () => {
    server = await serveDocuments();
    server.serve(keysOf(ours), '/a/keys');
    server.serve(keysOf(theirs), '/b/keys');
    const jwksUri = `${server.origin}/{tenant}/keys`;
    const bench = benchOf({
      access: jwt({ audience: 'api', issuer: template, tenants: ['a', 'b'], jwksUri, allowInsecureHttp: true }),
    });
    const reasonOf = async (token: string): Promise<string> => {
      await bench.decide({ scheme: 'access' }, sends({ authorization: `Bearer ${token}` }));
      return bench.events.at(-1)!.reason;
    };
    expect(await reasonOf(await ours.sign(claimsOf({ iss: tenantOf('a') })))).toBe('ok');
    expect(await reasonOf(await ours.sign(claimsOf({ iss: tenantOf('b') })))).toBe('signature-mismatch');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: tenantOf('b') })))).toBe('ok');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: tenantOf('c') })))).toBe('bad-issuer');
    expect([server.fetches('/a/keys'), server.fetches('/b/keys'), server.fetches()]).toEqual([1, 1, 2]);
  });

  it.each([
    ['no tenants', {}, 'tenants tenants-required'],
    ['an empty list', { tenants: [] }, 'tenants tenants-required'],
    ['a tenant with a slash', { tenants: ['a/b'] }, 'tenants tenants-required'],
    ['a tenant that leads out of the path', { tenants: ['..'] }, 'tenants tenants-required'],
    ['an issuer without a place for it', { issuer, tenants: ['a'] }, 'issuer invalid-option'],
    ['an issuer with two places', { issuer: 'https://{a}.example/{b}', tenants: ['a'] }, 'issuer invalid-option'],
  ])('cannot be %s', (_, options, fault) => {
    expect(faultsOf({ jwks: keysOf(ours), ...options })).toContain(fault);
  });
});
