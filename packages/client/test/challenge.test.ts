import { describe, expect, it } from 'vitest';

import { bearer, type Challenge, type Reaction } from '../src/index.js';
import {
  authorizations,
  createBench,
  createPlainBench,
  failureOf,
  invalidToken,
  refusal,
  secret,
} from './fixtures/client.js';

const scopes = 'Bearer error="insufficient_scope", scope="a b"';
const stepUp = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="60"';

async function benchWith(status: number, challenge: string, reactions: readonly (Reaction | undefined)[]) {
  const seen: Challenge[] = [];
  const bench = await createBench({
    api: (_request, index) =>
      index === 0 ? { status, headers: { 'www-authenticate': challenge }, body: 'no' } : { body: 'ok' },
    options: {
      onChallenge: (each) => {
        seen.push(each);
        return Promise.resolve(reactions[seen.length - 1]);
      },
    },
  });
  return { ...bench, challenges: seen };
}

describe('onChallenge', () => {
  it.each([
    ['cli-403', 403, scopes, { kind: 'insufficient-scope', scopes: ['a', 'b'] }],
    ['cli-stepup', 401, stepUp, { kind: 'step-up', acrValues: ['mfa'], maxAgeSeconds: 60 }],
  ])('%s: is told what the API wants, and may have the call sent once more', async (_row, status, challenge, told) => {
    const { client, challenges, api } = await benchWith(status, challenge, ['retry']);
    const response = await client.fetch('/');
    expect([response.status, client.findReport(response)?.attempts]).toEqual([200, 2]);
    expect(challenges).toEqual([told]);
    expect(api.seen).toHaveLength(2);
  });

  it('cli-403: may have it fail with a typed error', async () => {
    const { client } = await benchWith(403, scopes, ['fail']);
    const error = await failureOf(client.fetch('/'));
    expect(error).toMatchObject({ code: 'insufficient-scope', neededScopes: ['a', 'b'] });
    expect(error.response?.status).toBe(403);
  });

  it('cli-stepup: may have the answer handed out', async () => {
    const { client } = await benchWith(401, stepUp, ['keep']);
    expect((await client.fetch('/')).status).toBe(401);
  });

  it('leaves a 403 handed out, and a step-up an error, where it says nothing', async () => {
    const { client } = await benchWith(403, scopes, [undefined]);
    expect((await client.fetch('/')).status).toBe(403);
    const stronger = await benchWith(401, stepUp, [undefined]);
    expect((await failureOf(stronger.client.fetch('/'))).code).toBe('step-up-required');
  });

  it('has a call sent once more and no oftener', async () => {
    const { api, client } = await createBench({
      api: () => ({ status: 403, headers: { 'www-authenticate': scopes } }),
      options: { onChallenge: () => 'retry' },
    });
    expect((await client.fetch('/')).status).toBe(403);
    expect(api.seen).toHaveLength(2);
  });
});

describe('bearer with a function', () => {
  it('asks for a token each time that a request is sent, and once more after a refusal', async () => {
    const asked: boolean[] = [];
    const { api, client } = await createPlainBench(
      bearer({
        token: ({ refused }) => {
          asked.push(refused);
          return refused ? 'second' : 'first';
        },
      }),
      { api: ({ headers }) => (headers.authorization === 'Bearer first' ? refusal(invalidToken) : { body: 'ok' }) },
    );
    expect((await client.fetch('/')).status).toBe(200);
    expect(authorizations(api)).toEqual(['Bearer first', 'Bearer second']);
    expect(asked).toEqual([false, true]);
  });

  it('hands the 401 out where it gives the same token again, and asks no third time', async () => {
    const { api, client } = await createPlainBench(bearer({ token: () => 'same' }), {
      api: () => refusal(invalidToken),
    });
    expect((await client.fetch('/')).status).toBe(401);
    expect((await client.fetch('/')).status).toBe(401);
    expect(api.seen).toHaveLength(3);
  });

  it.each<[string, () => unknown, string]>([
    ['throws', () => { throw new Error('no token'); }, 'token-source'],
    ['gives nothing', () => undefined, 'token-source'],
    ['gives what no field can hold', () => `${secret}\u0007`, 'invalid-credential-config'],
    ['gives a line break', () => `${secret}\r\nX: y`, 'invalid-request'],
  ])('fails the call where it %s, and sends nothing', async (_title, token, code) => {
    const { api, client } = await createPlainBench(bearer({ token: token as () => string }));
    const error = await failureOf(client.fetch('/'));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain(secret);
    expect(api.seen).toHaveLength(0);
  }); // prettier-ignore
});
