import { describe, expect, it } from 'vitest';

import type { Case, Expectation, RequestStep } from '../src/case.js';
import { runSuite, type Result, type SuiteOptions } from '../src/run-server.js';
import type { Start } from '../src/server.js';
import { cases, configuration, fakeServer, type Behaviour } from './fake-server.js';

const fake: SuiteOptions = { cases, configurations: { fake: configuration, other: configuration }, timeoutMs: 300 };

async function run(start: Start, options: SuiteOptions = fake): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of runSuite(start, options)) results.push(result);
  return results;
}

/** Messages of the one case, run on a server that misbehaves. */
async function messagesOf(id: string, behaviour: Behaviour): Promise<string> {
  const { start, stopped } = fakeServer(behaviour);
  const [result, ...more] = await run(start, { ...fake, only: id });
  expect(more).toEqual([]);
  expect(result).toMatchObject({ id, outcome: 'failed' });
  expect(stopped()).toBe(1);
  return result!.messages.join('\n');
}

describe('runSuite', () => {
  it('passes a server that is right, and stops it once', async () => {
    const { start, stopped } = fakeServer();
    expect(await run(start)).toEqual(
      cases.map(({ id, title }) => ({
        id,
        row: id.slice(0, -2),
        title,
        configuration: 'fake',
        outcome: 'passed',
        messages: [],
      })),
    );
    expect(stopped()).toBe(1);
  });

  it.each<[string, string, Behaviour, RegExp]>([
    ['another status', 'fake-refused.1', { answer: (answer) => void (answer.status = 403) }, /^status: is 403, should be 401/m],
    ['a missing challenge', 'fake-refused.1', { answer: (answer) => without(answer, 'WWW-Authenticate') }, /^WWW-Authenticate: is \[\]/m],
    ['a further challenge', 'fake-refused.1', { answer: (answer) => void answer.headers.push(['WWW-Authenticate', 'Basic realm="api"']) }, /^WWW-Authenticate: is/m],
    ['challenges joined in a line', 'fake-refused.1', { answer: (answer) => { without(answer, 'WWW-Authenticate'); answer.headers.push(['WWW-Authenticate', 'Bearer realm="api", ApiKey realm="api"']); } }, /^WWW-Authenticate: is/m],
    ['another body byte', 'fake-refused.1', { answer: (answer) => void (answer.body = answer.body.replace(',"title"', ', "title"')) }, /^body: is/m],
    ['an instance that is no random UUID', 'fake-refused.1', { answer: (answer) => void (answer.body = answer.body.replace(/uuid:[^"]+/, 'uuid:1')) }, /^body: is/m],
    ['an instance other than that of the event', 'fake-refused.1', { answer: (answer) => void (answer.body = answer.body.replace(/uuid:[^"]+/, 'uuid:6f1c2a34-1111-4222-8333-444455556666')) }, /^event\.instance: is/m],
    ['a charset', 'fake-refused.1', { answer: (answer) => { without(answer, 'Content-Type'); answer.headers.push(['Content-Type', 'application/problem+json; charset=utf-8']); } }, /^content-type: is/m],
    ['an answer that may be kept', 'fake-refused.1', { answer: (answer) => without(answer, 'Cache-Control') }, /^cache-control: is/m],
    ['no Date', 'fake-refused.1', { answer: (answer) => without(answer, 'Date') }, /^Date is missing/m],
    ['no Retry-After', 'fake-limited.1', { answer: (answer) => without(answer, 'Retry-After') }, /^Retry-After is missing/m],
    ['no event', 'fake-refused.1', { answer: (answer) => void (answer.events = []) }, /^there is no audit event/m],
    ['two events', 'fake-refused.1', { answer: (answer) => void answer.events.push(answer.events[0]!) }, /^there are 2 audit events, should be one/m],
    ['another outcome', 'fake-refused.1', { answer: (answer) => void (answer.events[0]!['outcome'] = 'error') }, /^event\.outcome: is "error"/m],
    ['another reason', 'fake-refused.1', { answer: (answer) => void (answer.events[0]!['reason'] = 'expired') }, /^event\.reason: is "expired"/m],
    ['an event without a member', 'fake-refused.1', { answer: (answer) => void delete answer.events[0]!['address'] }, /^event has no address/m],
    ['an event with the query', 'fake-allowed.1', { answer: (answer) => void (answer.events[0]!['path'] = '/token?x=1') }, /^event\.path: is/m],
    ['an event of another time', 'fake-refused.1', { answer: (answer) => void (answer.events[0]!['time'] = new Date().toISOString()) }, /^event\.time: is/m],
    ['another subject in the event', 'fake-allowed.1', { answer: (answer) => void (answer.events[0]!['subject'] = 'svc-2') }, /^event\.subject: is "svc-2"/m],
    ['another subject in the answer', 'fake-allowed.1', { answer: (answer) => void (answer.body = answer.body.replaceAll('svc-1', 'svc-2')) }, /^body: is/m],
    ['an answer that repeats the token', 'fake-allowed.1', { answer: (answer, { authorization }) => void answer.headers.push(['X-Seen', authorization!]) }, /^a field of the answer shows a credential/m],
    ['an event with the signature of the token', 'fake-allowed.1', { answer: (answer, { authorization }) => void (answer.events[0]!['seen'] = authorization!.split('.')[2]) }, /^an audit event shows a credential/m],
    ['an answer to HEAD with a body', 'fake-head.1', { socket: (socket, text) => void socket.end(`${text}{}`) }, /^2 bytes follow the answer/m],
    ['an answer that comes twice', 'fake-refused.1', { socket: (socket, text) => void socket.end(text + text) }, /bytes follow the answer/m],
    ['no answer', 'fake-refused.1', { socket: () => undefined }, /^no whole answer within 300 ms/m],
    ['an answer that ends too early', 'fake-refused.1', { socket: (socket, text) => void socket.end(text.slice(0, -5)) }, /^the server closed the connection before a whole answer/m],
    ['an answer that stops', 'fake-refused.1', { socket: (socket, text) => void socket.write(text.slice(0, -5)) }, /^no whole answer within 300 ms/m],
    ['a reset', 'fake-refused.1', { socket: (socket) => void socket.resetAndDestroy() }, /^the connection failed|^the server closed/m],
    ['something that is not HTTP', 'fake-refused.1', { socket: (socket) => void socket.end('SSH-2.0-x\r\n\r\n') }, /^the status line is malformed/m],
    ['events that fail', 'fake-refused.1', { running: (server) => ({ ...server, events: () => { throw new Error('lost'); } }) }, /^lost/m],
    ['events that are no list', 'fake-refused.1', { running: (server) => ({ ...server, events: () => ({}) as never }) }, /did not answer a list/m],
    ['a stop that fails', 'fake-refused.1', { running: (server) => ({ ...server, stop: async () => { await server.stop(); throw new Error('stuck'); } }) }, /could not be stopped: stuck/m],
  ])('fails a server with %s', async (_, id, behaviour, message) => {
    expect(await messagesOf(id, behaviour)).toMatch(message);
  }); // prettier-ignore

  it('fails an event where there must be none', async () => {
    let calls = 0;
    const late = { outcome: 'refuse', reason: 'no-credentials' };
    const message = await messagesOf('fake-parser.1', {
      running: (server) => ({ ...server, events: () => (calls++ === 0 ? [late] : [late]) }),
    });
    expect(message).toMatch(/^there are 1 audit events, should be none/m);
  });

  it('fails an event that comes later', async () => {
    const { start } = fakeServer({
      running: (server) => {
        const begin = performance.now();
        const late = { outcome: 'refuse', reason: 'no-credentials' };
        return {
          ...server,
          events: async () => [...(await server.events()), ...(performance.now() - begin > 20 ? [late] : [])],
        };
      },
    });
    const [result] = await run(start, { ...fake, only: 'fake-refused.1' });
    expect(result!.outcome).toBe('failed');
    expect(result!.messages.join()).toMatch(/audit event/);
  });

  it('waits for an event that comes after the answer, and passes over alerts', async () => {
    const { start } = fakeServer({
      running: (server) => {
        const begin = performance.now();
        return {
          ...server,
          events: async () => (performance.now() - begin < 60 ? [] : [{ outcome: 'alert', reason: 'new-device' }, { checkpoint: 1 } as object, ...(await server.events())]),
        };
      },
    }); // prettier-ignore
    expect(await run(start, { ...fake, only: 'fake-refused.1' })).toMatchObject([{ outcome: 'passed', messages: [] }]);
  });

  it('fails an instance that was told before', async () => {
    const { start } = fakeServer({
      answer: (answer) => {
        const same = 'urn:uuid:6f1c2a34-1111-4222-8333-444455556666';
        answer.body = answer.body.replace(/urn:uuid:[^"]+/, same);
        answer.events[0]!['instance'] = same;
      },
    });
    const twice = [cases[0]!, { ...cases[0]!, id: 'fake-refused.2' }];
    const results = await run(start, { ...fake, cases: twice });
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'failed']);
    expect(results[1]!.messages).toEqual(['the instance was told before']);
  });

  it('goes on after a failed case, and names the step', async () => {
    const { start } = fakeServer({
      answer: (answer, { authorization }) => void (authorization !== undefined && (answer.status = 204)),
    });
    const long: Case = { ...cases[0]!, id: 'fake-long.1', steps: [...cases[0]!.steps!, ...cases[1]!.steps!] };
    const results = await run(start, { ...fake, cases: [long, ...cases] });
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'passed', 'failed', 'passed', 'passed', 'passed']);
    expect(results[0]!.messages[0]).toMatch(/^step 2: status: is 204/);
  });

  it('takes any of several alternatives, and no mixture', async () => {
    const { start } = fakeServer();
    const refused = cases[0]!.steps![0] as RequestStep;
    const absent = { status: 404, challenges: [], code: null, audit: null };
    const either: Case = { ...cases[0]!, steps: [{ ...refused, expect: [absent, refused.expect as never] }] };
    const mixed: Case = {
      ...either,
      id: 'fake-refused.2',
      steps: [{ ...refused, expect: [absent, { ...absent, status: 401 }] }],
    };
    const results = await run(start, { ...fake, cases: [either, mixed] });
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'failed']);
  });

  it('runs no case that the host cannot see, and says why', async () => {
    const { start } = fakeServer();
    const hidden = cases.map((one): Case => Object.assign({ except: { fetch: 'joins its lines' } }, one));
    const results = await run(start, { ...fake, cases: hidden, host: 'fetch' });
    expect(results.map(({ outcome, messages }) => ({ outcome, messages }))).toEqual(
      cases.map(() => ({ outcome: 'except', messages: ['joins its lines'] })),
    );
    const seen = await run(start, { ...fake, cases: hidden, host: 'koa' });
    expect(seen.map(({ outcome }) => outcome)).toEqual(cases.map(() => 'passed'));
  });

  it('takes challenges joined in one line from a handler for Request and Response alone', async () => {
    const { start } = fakeServer({
      answer: (answer) => {
        without(answer, 'WWW-Authenticate');
        answer.headers.push(['WWW-Authenticate', 'Bearer realm="api", ApiKey realm="api"']);
      },
    });
    const challenges = ['Bearer realm="api"', 'ApiKey realm="api"'];
    const step = cases[0]!.steps![0] as RequestStep;
    const two: Case = { ...cases[0]!, steps: [{ ...step, expect: { ...(step.expect as Expectation), challenges } }] };
    expect(await run(start, { ...fake, cases: [two], host: 'fetch' })).toMatchObject([{ outcome: 'passed' }]);
    expect(await run(start, { ...fake, cases: [two], host: 'koa' })).toMatchObject([{ outcome: 'failed' }]);
    const turned: Case = {
      ...two,
      steps: [{ ...step, expect: { ...(step.expect as Expectation), challenges: challenges.toReversed() } }],
    };
    expect(await run(start, { ...fake, cases: [turned], host: 'fetch' })).toMatchObject([{ outcome: 'failed' }]);
  });

  it('runs the cases of a row, or one case', async () => {
    const { start } = fakeServer();
    expect((await run(start, { ...fake, only: ['fake-refused', 'fake-head.1'] })).map(({ id }) => id)).toEqual([
      'fake-refused.1',
      'fake-head.1',
    ]);
    expect(await run(start, { ...fake, only: 'none' })).toEqual([]);
  });

  it('fails all cases of a server that does not start, or starts somewhere unknown', async () => {
    const broken = await run(() => Promise.reject(new Error('port taken')));
    expect(broken.map(({ outcome, messages }) => ({ outcome, messages }))).toEqual(
      cases.map(() => ({ outcome: 'failed', messages: ['the server could not be started: port taken'] })),
    );
    const nowhere = await run(() => Promise.resolve({ url: '', events: () => [], stop: () => undefined }));
    expect(nowhere.every(({ outcome }) => outcome === 'failed')).toBe(true);
    expect(nowhere).toHaveLength(cases.length);
    const gone = await run(() =>
      Promise.resolve({ url: 'http://127.0.0.1:9', events: () => [], stop: () => undefined }),
    );
    expect(gone.map(({ outcome }) => outcome)).toEqual(cases.map(() => 'failed'));
    const unknown = await run(fakeServer().start, { ...fake, configurations: {} });
    expect(unknown[0]!.messages).toEqual(['there is no configuration fake']);
  });

  it('stops the server when the caller stops listening, and when the signal aborts', async () => {
    const left = fakeServer();
    for await (const _ of runSuite(left.start, fake)) break;
    expect(left.stopped()).toBe(1);
    const aborted = fakeServer({ socket: () => undefined });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(run(aborted.start, { ...fake, timeoutMs: 20_000, signal: controller.signal })).rejects.toThrow(
      'enough',
    );
    expect(aborted.stopped()).toBe(1);
  });
});

describe('runSuite, for configurations that must be refused', () => {
  const weak: Case = {
    id: 'fake-start.1',
    title: 'refuses',
    configuration: 'fake',
    expectStart: { refused: { reason: 'weak-secret', path: 'schemes.shared.secretBase64' } },
  };
  const secret = 'c2VjcmV0LXNlY3JldA==';
  const options: SuiteOptions = {
    cases: [weak],
    configurations: { fake: { ...configuration, schemes: { shared: { secretBase64: secret } } } },
  };
  const fault = { path: 'schemes.shared.secretBase64', reason: 'weak-secret', message: 'is too short' };
  const refusing =
    (...refused: (typeof fault)[]): Start =>
    () =>
      Promise.resolve({ refused });

  it('passes a server that names the fault, also among others', async () => {
    expect(await run(refusing({ ...fault, path: 'routes' }, fault), options)).toMatchObject([{ outcome: 'passed' }]);
  });

  it.each([
    ['another path', refusing({ ...fault, path: 'schemes.shared' }), /^no fault weak-secret at schemes\.shared\.secretBase64/],
    ['another reason', refusing({ ...fault, reason: 'malformed-secret' }), /^no fault weak-secret/],
    ['the secret in the message', refusing({ ...fault, message: `${secret} is too short` }), /^a fault shows a secret/],
    ['a start', fakeServer().start, /^the configuration was taken/],
  ])('fails %s', async (_, start, message) => {
    const [result] = await run(start, options);
    expect(result!.outcome).toBe('failed');
    expect(result!.messages[0]).toMatch(message);
  }); // prettier-ignore

  it('fails other cases of a configuration that is refused', async () => {
    const [result] = await run(refusing(fault), { ...fake, only: 'fake-refused.1' });
    expect(result!.messages).toEqual([
      'the configuration was refused',
      'schemes.shared.secretBase64: weak-secret: is too short',
    ]);
  });
});

function without(answer: { headers: [string, string][] }, name: string): void {
  answer.headers = answer.headers.filter(([other]) => other !== name);
}
