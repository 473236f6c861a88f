import { describe, expect, it } from 'vitest';

import { ClientError, type Answer, type Strategy, type Verdict } from '../src/index.js';
import { createPlainBench, failureOf } from './fixtures/client.js';

/** A strategy that counts its requests in a field, and says the same of every answer. */
function counting(verdict: Verdict, answers: Answer[] = []): Strategy<number> {
  return {
    type: 'counting',
    fields: ['x-count'],
    connect: () => {
      let count = 0;
      return {
        prepare: ({ method, url }) => ({
          headers: [['x-count', `${++count} ${method} ${url.pathname}`]],
          credentials: count,
        }),
        afterResponse: (answer) => {
          answers.push(answer);
          return verdict;
        },
      };
    },
  };
}

describe('a strategy of somebody’s own', () => {
  it('gives each sending credentials of its own, and sees each answer', async () => {
    const answers: Answer[] = [];
    const { api, client } = await createPlainBench(counting({ kind: 'keep' }, answers), {
      api: ({ path }) => (path === '/a' ? { status: 307, headers: { location: '/b' } } : { status: 418 }),
      options: { redirects: 'same-origin' },
    });
    expect((await client.fetch('/a', { method: 'PUT' })).status).toBe(418);
    expect(api.seen.map(({ headers }) => headers['x-count'])).toEqual(['1 PUT /a', '2 PUT /b']);
    expect(answers.map(({ status, repeated }) => [status, repeated])).toEqual([
      [307, false],
      [418, false],
    ]);
  });

  it.each<[string, Verdict, number]>([
    ['retry', { kind: 'retry' }, 0],
    ['wait', { kind: 'wait', seconds: 5 }, 5],
  ])('is heeded once when it always says %s', async (_title, verdict, waitSeconds) => {
    const { api, client, events } = await createPlainBench(counting(verdict));
    const response = await client.fetch('/');
    expect([response.status, client.findReport(response)?.attempts]).toEqual([200, 2]);
    expect(api.seen).toHaveLength(2);
    expect(events).toMatchObject([{ kind: 'retry', reason: 'credentials-refused', waitSeconds }]);
  });

  it('may fail a call', async () => {
    const error = new ClientError('step-up-required', 'own reasons');
    const { api, client } = await createPlainBench(counting({ kind: 'fail', error }));
    expect(await failureOf(client.fetch('/'))).toBe(error);
    expect(api.seen).toHaveLength(1);
  });

  it('owns the fields that it names', async () => {
    const { client } = await createPlainBench(counting({ kind: 'keep' }));
    const error = await failureOf(client.fetch('/', { headers: { 'X-Count': '1' } }));
    expect(error.code).toBe('authorization-conflict');
  });
});
