import { createHash } from 'node:crypto';

import { compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';

import type { Case, Configuration, Expectation, JsonObject, RequestStep, Step } from '../src/case.js';
import { loadTexts } from '../src/data.js';
import { runSuite, type Result } from '../src/run-server.js';
import type { AuditEvent, ControlAnswer, RunningServer, Start } from '../src/server.js';
import { cases, configuration, fakeServer, type Behaviour } from './fake-server.js';

const refused = cases[0]!.steps![0] as RequestStep;
const allowed = cases[1]!.steps![0] as RequestStep;

const caseOf = (steps: readonly Step[], more: Partial<Case> = {}): Case => ({
  id: 'fake-steps.1', title: 'runs steps', configuration: 'fake', steps, ...more,
}); // prettier-ignore

async function run(start: Start, all: readonly Case[], fake: Configuration = configuration): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of runSuite(start, { cases: all, configurations: { fake }, timeoutMs: 300 }))
    results.push(result);
  return results;
}

const outcomeOf = async (start: Start, one: Case, fake?: Configuration): Promise<string> => {
  const [result] = await run(start, [one], fake);
  return [result!.outcome, ...result!.messages].join('\n');
};

/** A fake server that takes commands. */
const controlled = (control: NonNullable<RunningServer['control']>, behaviour: Behaviour = {}): Start =>
  fakeServer({ ...behaviour, running: (server) => ({ ...server, control }) }).start;
const done = (answer: ControlAnswer['answer']): ControlAnswer => ({ status: 200, answer });

describe('a command', () => {
  it('passes where it is done as expected', async () => {
    const given: unknown[] = [];
    const start = controlled((command) => {
      given.push(command);
      return done({ id: 'k9', more: true });
    });
    const one = caseOf([{ control: { revoke: { key: 'k9' } }, expect: { answer: { id: 'k9' } } }, { control: null }]);
    expect(await outcomeOf(start, one)).toBe('passed');
    expect(given).toEqual([{ revoke: { key: 'k9' } }, null]);
  });

  it('passes where it must be refused, and is', async () => {
    const start = controlled(() => ({ status: 400, answer: { error: 'no' } }));
    expect(await outcomeOf(start, caseOf([{ control: {}, expect: { status: 400 } }]))).toBe('passed');
  });

  it.each<[string, NonNullable<RunningServer['control']>, RegExp]>([
    ['is refused', () => ({ status: 400, answer: { error: 'not yet' } }), /^status of the command: is 400, should be 200[\s\S]*not yet/],
    ['answers another member', () => done({ id: 'k2' }), /^answer\.id: is "k2", should be "k1"/],
    ['answers no such member', () => done({}), /^answer\.id: is nothing, should be "k1"/],
    ['throws', () => { throw new Error('stuck'); }, /^stuck/],
    ['hangs', () => new Promise(() => undefined), /^control\(\) took longer/],
  ])('fails where it %s', async (_, control, message) => {
    const outcome = await outcomeOf(controlled(control), caseOf([{ control: {}, expect: { answer: { id: 'k1' } } }]));
    expect(outcome).toMatch(/^failed\n/);
    expect(outcome.slice('failed\n'.length)).toMatch(message);
  }); // prettier-ignore

  it('leaves its answer to the steps that follow, the latest of each name', async () => {
    let given = 0;
    const start = controlled(() => done({ key: `text-${++given}`, now: 'then' }));
    const unseen: Step = { control: { take: '{{control:key}} {{control:now}}' } };
    const seen: unknown[] = [];
    const recording: Start = async (config) => {
      const server = (await start(config)) as RunningServer;
      return { ...server, control: (command) => (seen.push(command), server.control!(command)) };
    };
    expect(await outcomeOf(recording, caseOf([{ control: {} }, { control: {} }, unseen]))).toBe('passed');
    expect(seen.at(-1)).toEqual({ take: 'text-2 then' });
  });

  it('moves the time that events must have, where it moved the clock', async () => {
    let now = Date.parse(configuration.clock.at);
    const at = { answer: (answer: { events: Record<string, unknown>[] }) => void (answer.events[0]!['time'] = new Date(now).toISOString()) };
    const obedient = controlled((command) => {
      const { advanceSeconds, offsetSeconds } = (command as { clock: Record<string, number> }).clock;
      now = offsetSeconds === undefined ? now + advanceSeconds! * 1000 : Date.parse(configuration.clock.at) + offsetSeconds * 1000;
      return done({});
    }, at);
    const steps: Step[] = [{ control: { clock: { advanceSeconds: 61 } } }, refused, { control: { clock: { offsetSeconds: -5 } } }, refused];
    expect(await outcomeOf(obedient, caseOf(steps))).toBe('passed');
    expect(await outcomeOf(controlled(() => done({})), caseOf(steps))).toMatch(/step 2: event\.time: is "2026-01-01T00:00:00\.000Z", should be "2026-01-01T00:01:01\.000Z"/);
  }); // prettier-ignore

  it('is given to no server that takes none: the case is not run', async () => {
    const { start, stopped } = fakeServer();
    expect(await outcomeOf(start, caseOf([refused, { control: {} }]))).toBe('except\nthe server takes no commands');
    expect(stopped()).toBe(1);
  });

  it('gives the case a server of its own, that nothing is left of', async () => {
    let starts = 0;
    const start = controlled(() => done({}));
    const counting: Start = (config) => (starts++, start(config));
    const own = [1, 2].map((number) => caseOf([{ control: {} }], { id: `fake-steps.${number}` }));
    const shared = [1, 2].map((number) => caseOf([refused], { id: `fake-shared.${number}` }));
    const results = await run(counting, [...own, ...shared]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed', 'passed']);
    expect(starts).toBe(3);
  });
});

describe('a request many times at once', () => {
  const many = (step: RequestStep): Case => caseOf([{ ...step, times: 4 }]);

  it.each([
    ['refused', refused],
    ['allowed', allowed],
  ])('passes where each is %s as expected, with an event of its own', async (_, step) => {
    expect(await outcomeOf(fakeServer().start, many(step))).toBe('passed');
  });

  it.each<[string, Behaviour['answer'], RegExp]>([
    ['one is answered otherwise', (answer) => void (answer.status = 500), /^status: is 500/],
    ['one has no event', (answer) => void (answer.events = []), /^there is no audit event/],
    ['one has two events', (answer) => void answer.events.push({ ...answer.events[0] }), /^there are 1 audit events more than answers/],
  ])('fails where %s', async (_, answer, message) => {
    let count = 0;
    const { start } = fakeServer({ answer: (given, request) => void (++count === 3 && answer!(given, request)) });
    const outcome = await outcomeOf(start, many(refused));
    expect(outcome.slice('failed\n'.length)).toMatch(message);
  }); // prettier-ignore
});

describe('the issuer of a case', () => {
  const remote = { ...configuration, schemes: { access: { type: 'jwt', jwksUri: '{{issuer:url}}/jwks' } } };
  /** A fake server that fetches the keys when it starts, and again for each command. */
  const fetching: Start = async (config) => {
    const url = config.schemes['access']!['jwksUri'] as string;
    await fetch(url);
    const server = (await fakeServer().start(config)) as RunningServer;
    return { ...server, control: async () => done((await (await fetch(url)).json()) as ControlAnswer['answer']) };
  };
  const issuer = { '/jwks': { json: { issuer: '{{issuer:url}}' } } };

  it('is where the configuration says, and answers what the case says', async () => {
    const one = caseOf([{ control: {} }, { issuer: { '/jwks': { json: { now: 'other' } } } }, { control: {}, expect: { answer: { now: 'other' } } }], { issuer });
    expect(await outcomeOf(fetching, one, remote)).toBe('passed');
  }); // prettier-ignore

  it.each<[string, Record<string, number | [number, number]>, string]>([
    ['so often', { '/jwks': 1, '/other': 0 }, 'passed'],
    ['within bounds', { '/jwks': [0, 1] }, 'passed'],
    ['too seldom', { '/jwks': 2 }, 'failed\nthe issuer was asked for /jwks 1 times, should be 2'],
    ['too often', { '/jwks': 0 }, 'failed\nthe issuer was asked for /jwks 1 times, should be 0'],
    ['beyond bounds', { '/jwks': [2, 3] }, 'failed\nthe issuer was asked for /jwks 1 times, should be 2 to 3'],
  ])('counts who asks: %s', async (_, requested, outcome) => {
    expect(await outcomeOf(fetching, caseOf([{ requested }], { issuer }), remote)).toBe(outcome);
  });

  it('ends with its case', async () => {
    let url = '';
    const start: Start = (config) => {
      url = config.schemes['access']!['jwksUri'] as string;
      return fetching(config);
    };
    expect(await outcomeOf(start, caseOf([refused], { issuer }), remote)).toBe('passed');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('fails steps of a case that has none', async () => {
    expect(await outcomeOf(fakeServer().start, caseOf([{ issuer }]))).toBe('failed\nthe case has no issuer');
    expect(await outcomeOf(fakeServer().start, caseOf([{ requested: { '/': 0 } }]))).toBe(
      'failed\nthe case has no issuer',
    );
  });
});

describe('alerts', () => {
  const alert: AuditEvent & { readonly keyid: string } = {
    outcome: 'alert',
    reason: 'weak-key-published',
    keyid: 'k1',
  };
  const alerting = fakeServer({
    running: (server) => ({ ...server, events: async () => [alert, ...(await server.events())] }),
  }).start;

  it.each<[string, readonly { reason: string; keyid?: string }[], string]>([
    ['as expected', [{ reason: 'weak-key-published', keyid: 'k1' }], 'passed'],
    ['of another key', [{ reason: 'weak-key-published', keyid: 'k2' }], 'failed\nalert 1.keyid: is "k1", should be "k2"'],
    ['where there must be none', [], 'failed\nnumber of alerts: is 1, should be 0'],
  ])('are told %s', async (_, alerts, outcome) => {
    expect(await outcomeOf(alerting, caseOf([{ alerts }]))).toBe(outcome);
  }); // prettier-ignore

  it('fail where one is missing', async () => {
    const outcome = await outcomeOf(fakeServer().start, caseOf([{ alerts: [{ reason: 'jwks-empty' }] }]));
    expect(outcome).toMatch(/^failed\nnumber of alerts: is 0, should be 1/);
  });
});

describe('Expect: 100-continue', () => {
  const expecting = (continued: boolean): Case =>
    caseOf([
      {
        request: { ...refused.request, headers: [['Expect', '100-continue']], body: 'body' },
        expect: { ...(refused.expect as Expectation), continued },
      },
    ]);
  const asking = fakeServer({
    socket: (socket, text) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      socket.once('data', (body: Buffer) => socket.end(body.toString() === 'body' ? text : ''));
    },
  }).start;

  it('keeps the body back until it is asked for', async () => {
    expect(await outcomeOf(asking, expecting(true))).toBe('passed');
    expect(await outcomeOf(fakeServer().start, expecting(false))).toBe('passed');
  });

  it('tells a server that asks for the body from one that does not', async () => {
    expect(await outcomeOf(asking, expecting(false))).toBe('failed\n100 Continue: is true, should be false');
    expect(await outcomeOf(fakeServer().start, expecting(true))).toBe('failed\n100 Continue: is false, should be true');
  });
});

describe('a proof that a step signs', () => {
  const step = (claims: JsonObject, key = 'client-es'): Step => ({
    proof: { name: 'p', key, token: '{{token:good}}', claims },
  });
  const sends: Step = {
    ...refused,
    request: { ...refused.request, headers: [['DPoP', '{{proof:p}}']] },
  };
  const seen: string[] = [];
  const { start } = fakeServer({
    socket: (socket, text, { head }) => {
      seen.push(/^DPoP: (.*)$/m.exec(head)![1]!.trim());
      socket.end(text);
    },
  });

  it('is by the key, for the token, with the claims that the case has (RFC 9449 §4.2)', async () => {
    expect(await outcomeOf(start, caseOf([step({ jti: 'a', htm: 'GET' }), sends]))).toBe('passed');
    const proof = seen.at(-1)!;
    const { jwk, ...header } = decodeProtectedHeader(proof);
    expect(header).toEqual({ typ: 'dpop+jwt', alg: 'ES256' });
    expect(Object.keys(jwk!).toSorted()).toEqual(['crv', 'kty', 'x', 'y']);
    const { payload } = await compactVerify(proof, await importJWK(jwk!, 'ES256'));
    const ath = createHash('sha256').update(loadTexts().token['good']!).digest('base64url');
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ jti: 'a', htm: 'GET', ath });
  });

  it('fails the case where there is no such key, or one for another algorithm', async () => {
    expect(await outcomeOf(start, caseOf([step({}, 'nobody'), sends]))).toBe(
      'failed\nstep 1: there is no private key nobody',
    );
    expect(await outcomeOf(start, caseOf([step({}, 'client-rs'), sends]))).toMatch(/^failed\nstep 1: /);
  });

  it('must stand nowhere in what is answered', async () => {
    const showing = fakeServer({
      answer: (answer, { head }) => void (answer.events[0]!['device'] = /^DPoP: (.*)$/m.exec(head)![1]!.trim()),
    });
    expect(await outcomeOf(showing.start, caseOf([step({ jti: 'a' }), sends]))).toBe(
      'failed\nstep 2: an audit event shows a credential',
    );
  });
});

describe('a field that a step keeps', () => {
  const keeping: Step = { ...refused, keep: { nonce: 'dpop-nonce' } };
  const answering = (...values: readonly string[]): Start =>
    fakeServer({
      answer: ({ headers }) => void headers.push(...values.map((value): [string, string] => ['DPoP-Nonce', value])),
    }).start;

  it('is there for the steps that follow', async () => {
    const next: Step = { ...refused, request: { ...refused.request, headers: [['X-Nonce', '{{kept:nonce}}']] } };
    expect(await outcomeOf(answering('n'), caseOf([keeping, next]))).toBe('passed');
    expect(await outcomeOf(answering('n'), caseOf([refused, next]))).toBe(
      'failed\nstep 2: {{kept:nonce}} names nothing in the suite',
    );
  });

  it('must come once', async () => {
    expect(await outcomeOf(answering(), caseOf([keeping]))).toBe('failed\ndpop-nonce came 0 times, should be once');
    expect(await outcomeOf(answering('a', 'b'), caseOf([keeping]))).toBe(
      'failed\ndpop-nonce came 2 times, should be once',
    );
  });
});

describe('the password of a request', () => {
  it('must stand nowhere, short as it is', async () => {
    const step: RequestStep = {
      ...refused,
      request: { ...refused.request, headers: [['X-Basic', '{{basic:alice}}']] },
    };
    const { start } = fakeServer({ answer: (answer) => void (answer.events[0]!['device'] = 'it is secret') });
    expect(await outcomeOf(start, caseOf([step]))).toBe('failed\nan audit event shows a credential');
    expect(await outcomeOf(fakeServer().start, caseOf([step]))).toBe('passed');
  });
});
