import { describe, expect, it } from 'vitest';

import type { ClientCase, ClientCall, ClientResult, JsonObject, StartClient } from '../src/index.js';
import { runClientSuite } from '../src/index.js';

const one: ClientCase = {
  id: 'cli-x.1',
  title: 'sends the token',
  client: { origin: '{{api}}', auth: { type: 'bearer', token: 'token-abcdef' } },
  steps: [
    { call: { target: '/a' }, times: 3, expect: { status: 200, body: 'ok', attempts: 1 } },
    { received: { api: [{ headers: { authorization: 'Bearer token-abcdef' } }, {}, { body: '' }] } },
    { events: [{ kind: 'sent', count: { from: 1, to: 3 } }] },
  ],
};

interface Behaviour {
  readonly send?: (origin: string, call: ClientCall) => Promise<Response>;
  readonly event?: object;
}

const good = (origin: string, { target, ...init }: ClientCall): Promise<Response> =>
  fetch(origin + target, { ...init, headers: { authorization: 'Bearer token-abcdef' } });

const clientThat =
  ({ send = good, event = { kind: 'sent', count: 2 } }: Behaviour = {}): StartClient =>
  ({ origin }) => {
    if (typeof origin !== 'string') throw Object.assign(new Error('no origin'), { faults: [{ path: 'origin' }] });
    return {
      async send(call) {
        const response = await send(origin, call);
        return { status: response.status, body: await response.text(), attempts: 1 };
      },
      events: () => [event],
      close: () => undefined,
    };
  };

async function run(start: StartClient, changed: Partial<ClientCase> = {}, options = {}): Promise<ClientResult> {
  for await (const result of runClientSuite(start, { cases: [{ ...one, ...changed }], ...options })) return result;
  throw new Error('no result');
}

describe('the runner for clients', () => {
  it('passes a client that behaves', async () => {
    expect(await run(clientThat())).toEqual({
      id: 'cli-x.1',
      row: 'cli-x',
      title: one.title,
      outcome: 'passed',
      messages: [],
    });
  });

  it.each<[string, Behaviour, string]>([
    ['sends no credential', { send: (origin, { target }) => fetch(origin + target) }, 'step 2: api: request 1: another field authorization'],
    ['sends nothing', { send: () => Promise.resolve(new Response('ok')) }, 'step 2: api: 0 requests instead of 3'],
    ['hands out another status', { send: () => Promise.resolve(new Response('ok', { status: 204 })) }, 'step 1: failed with TypeError'],
    ['hands out another body', { send: () => Promise.resolve(new Response('no', { status: 201 })) }, 'step 1: status 201 instead of 200'],
    ['fails', { send: () => Promise.reject(Object.assign(new Error('x'), { code: 'network' })) }, 'step 1: failed with network'],
    ['tells something else', { event: { kind: 'sent', count: 4 } }, 'step 3: no event {"kind":"sent","count":{"from":1,"to":3}} among [{"kind":"sent","count":4}]'],
    ['shows a secret in an event', { event: { kind: 'sent', count: 1, token: 'token-abcdef' } }, 'an event shows a secret'],
  ])('fails a client that %s', async (_title, behaviour, message) => {
    const { outcome, messages } = await run(clientThat(behaviour));
    expect([outcome, messages[0]]).toEqual(['failed', message]);
  }); // prettier-ignore

  it('fails a client that shows a secret in an error, however deep', async () => {
    const send = (): Promise<Response> =>
      Promise.reject(Object.assign(new Error('x', { cause: { token: 'Bearer token-abcdef' } }), { code: 'network' }));
    const changed = { steps: [{ call: { target: '/' }, expect: { error: 'network' } }] };
    expect((await run(clientThat({ send }), changed)).messages).toEqual(['an error shows a secret']);
  });

  it('fails a client that goes to another origin, or hangs', async () => {
    const steps = [{ call: { target: '{{other}}/' }, expect: { status: 200 } }];
    const strays = clientThat({ send: (_origin, { target }) => fetch(target) });
    expect((await run(strays, { steps })).messages).toEqual(['a request went to another origin']);
    const hangs = clientThat({ send: () => new Promise(() => undefined) });
    expect((await run(hangs, {}, { timeoutMs: 20 })).messages).toEqual(['step 1: takes too long']);
  });

  it('knows a client that must not be made', async () => {
    const client: JsonObject = { auth: { type: 'none' } };
    const refusedFor = (code: string, path: string) =>
      run(clientThat(), { client, steps: [{ refused: { code, path } }] }).then(({ messages }) => messages);
    expect(await refusedFor('configuration-error', 'origin')).toEqual([]);
    expect(await refusedFor('configuration-error', 'auth')).toEqual(['step 1: no fault at auth']);
    expect(await refusedFor('insecure-url', 'x')).toEqual(['step 1: refused with Error instead of insecure-url']);
    const made = await run(clientThat(), { steps: [{ refused: { code: 'insecure-url' } }] });
    expect(made.messages).toEqual(['step 1: the client was made']);
  });

  it('leaves out what a client does not have', async () => {
    expect((await run(clientThat(), {}, { without: ['bearer'] })).outcome).toBe('except');
    expect((await run(clientThat(), { steps: [{ advanceSeconds: 1 }] })).outcome).toBe('except');
  });
});
