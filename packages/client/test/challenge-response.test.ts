import { describe, expect, it } from 'vitest';

import { bearer } from '../src/index.js';
import {
  authorizations,
  createBench,
  createPlainBench,
  failureOf,
  grant,
  invalidToken,
  refusal,
} from './fixtures/client.js';
import type { Seen } from './fixtures/server.js';

const refuseFirst = (seen: Seen) => (seen.headers.authorization === 'Bearer token-1' ? refusal(invalidToken) : {});

describe('a token that the API refuses', () => {
  it('cli-401-once: is replaced by a new one, with which the request is sent once more (RFC 6750 §3.1)', async () => {
    const { api, issuer, client, events } = await createBench({ api: refuseFirst });
    const response = await client.fetch('/orders', { method: 'POST', body: 'x' });
    expect(response.status).toBe(200);
    expect(client.findReport(response)?.attempts).toBe(2);
    expect(authorizations(api)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(issuer.seen).toHaveLength(2);
    expect(events.map(({ kind }) => kind)).toEqual(['token-request', 'retry', 'token-request']);
    expect((await client.fetch('/')).status).toBe(200);
    expect(issuer.seen).toHaveLength(2);
  });

  it.each([
    ['names the error', invalidToken],
    ['names no error', 'Bearer realm="api"'],
    ['has no challenge', undefined],
    ['has the error in a second challenge', `Basic realm="api", ${invalidToken}`],
    ['is for a DPoP token', 'DPoP error="invalid_token"'],
  ])('cli-401-always: is sent twice at most where the 401 %s, and the 401 is handed out', async (_title, challenge) => {
    const { api, issuer, client } = await createBench({ api: () => refusal(challenge) });
    const response = await client.fetch('/');
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('no');
    expect(client.findReport(response)?.attempts).toBe(2);
    expect([api.seen.length, issuer.seen.length]).toEqual([2, 2]);
    // The next call tries the second token, and costs no third: the API takes none of ours at the moment.
    await client.fetch('/');
    expect(authorizations(api)).toEqual([1, 2, 2].map((each) => `Bearer token-${each}`));
  });

  it('is not replaced for another error of a 401', async () => {
    const { api, issuer, client } = await createBench({ api: () => refusal('Bearer error="invalid_request"') });
    expect((await client.fetch('/')).status).toBe(401);
    expect([api.seen.length, issuer.seen.length]).toEqual([1, 1]);
  });

  it('cli-401-storm: is replaced once for 1000 concurrent calls that were refused with it', async () => {
    const { api, issuer, client } = await createBench({ api: refuseFirst });
    const statuses = await Promise.all(
      Array.from({ length: 1000 }, () => client.fetch('/').then(({ status }) => status)),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(issuer.seen).toHaveLength(2);
    expect(api.seen.length).toBeLessThanOrEqual(2000);
  });

  it('is not replaced again by a 401 that comes after its replacement', async () => {
    let letGo: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { issuer, client } = await createBench({
      api: async (seen) => {
        if (seen.path === '/late' && seen.headers.authorization === 'Bearer token-1') await late;
        return refuseFirst(seen);
      },
    });
    await client.fetch('/public').then((response) => response.text());
    const slow = client.fetch('/late');
    await client.fetch('/fast');
    letGo();
    expect((await slow).status).toBe(200);
    expect(issuer.seen).toHaveLength(2);
  });

  it('is the last that was sent where there is no other: never without a token', async () => {
    const { api, client } = await createBench({
      api: () => refusal(invalidToken),
      issuer: (_seen, index) => (index === 0 ? grant(0) : { status: 500 }),
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('token-endpoint');
    expect(authorizations(api)).toEqual(['Bearer token-1']);
  });
});

describe('cli-403: an API that asks for other scopes (RFC 6750 §3.1)', () => {
  it('is answered to the caller, told in an event, and not asked again', async () => {
    const challenge = 'Bearer realm="api", error="insufficient_scope", scope="orders:read orders:write"';
    const { api, client, events } = await createBench({
      api: () => ({ status: 403, headers: { 'www-authenticate': challenge } }),
    });
    const response = await client.fetch('/orders?x=1');
    expect(response.status).toBe(403);
    const neededScopes = ['orders:read', 'orders:write'];
    expect(client.findReport(response)).toEqual({ attempts: 1, neededScopes });
    expect(api.seen).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ kind: 'scope-needed', scopes: neededScopes, method: 'GET', path: '/orders' });
  });

  it('is no event for any other 403', async () => {
    const { client, events } = await createBench({ api: () => ({ status: 403 }) });
    expect((await client.fetch('/')).status).toBe(403);
    expect(events.map(({ kind }) => kind)).toEqual(['token-request']);
  });

  it('brings no token of ours into the event, whatever it names as scope', async () => {
    const { client, events } = await createPlainBench(bearer({ token: 'very-secret-token' }), {
      api: () => ({
        status: 403,
        headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="a very-secret-token"' },
      }),
    });
    await client.fetch('/');
    expect(events.at(-1)).toMatchObject({ kind: 'scope-needed', scopes: ['a', '[redacted]'] });
  });
});

describe('cli-stepup: an API that asks for a stronger sign-in (RFC 9470 §3)', () => {
  it('fails the call with what it asks for, and nothing is sent again', async () => {
    const challenge = 'Bearer error="insufficient_user_authentication", acr_values="urn:mfa urn:phr", max_age="300"';
    const { api, issuer, client } = await createBench({ api: () => refusal(challenge) });
    const error = await failureOf(client.fetch('/'));
    expect(error).toMatchObject({ code: 'step-up-required', acrValues: ['urn:mfa', 'urn:phr'], maxAgeSeconds: 300 });
    expect(error.response?.status).toBe(401);
    expect(await error.response?.text()).toBe('no');
    expect([api.seen.length, issuer.seen.length]).toEqual([1, 1]);
  });

  it.each([
    ['names nothing', '', [], undefined],
    ['names an absurd age', ', max_age="-1"', [], undefined],
    ['names an age of zero', ', max_age=0', [], 0],
  ])('%s', async (_title, more, acrValues, maxAgeSeconds) => {
    const { client } = await createBench({
      api: () => refusal(`Bearer error="insufficient_user_authentication"${more}`),
    });
    const error = await failureOf(client.fetch('/'));
    expect(error.acrValues).toEqual(acrValues);
    expect(error.maxAgeSeconds).toBe(maxAgeSeconds);
  });
});

describe('cli-challenge-hostile: a challenge', () => {
  it.each([
    ['of 10 kB', `Bearer realm="${'x'.repeat(10_000)}"`],
    ['with a quote that never ends', 'Bearer realm="api, error="invalid_token"'],
    ['of 1000 challenges', Array(1000).fill('Bearer').join(', ')],
    ['of commas alone', ','.repeat(10_000)],
    ['of backslashes', `Bearer realm="${'\\'.repeat(10_000)}`],
    ['with a link to another origin', 'Bearer resource_metadata="https://evil.example/.well-known/x"'],
  ])('%s is read within bounds, and leads nowhere (RFC 9110 §11.6.1, RFC 9728 §7.7)', async (_title, challenge) => {
    const requested: string[] = [];
    const { client } = await createBench({
      api: () => refusal(challenge),
      options: {
        fetch: (url, init) => {
          requested.push(new URL(url).host);
          return fetch(url, init);
        },
      },
    });
    expect((await client.fetch('/')).status).toBe(401);
    expect(requested.every((host) => host.startsWith('127.0.0.1:'))).toBe(true);
  });
});
