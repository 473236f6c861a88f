import { verify, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import type { CallCase, CallCaseStep } from '../src/calls/case.js';
import { runCalls, type Call, type CallAnswer, type CallResult } from '../src/calls/run-calls.js';
import { signToken } from '../src/calls/sign.js';
import { loadPrivateKeys, loadPublicKeys } from '../src/data.js';

const caseOf = (steps: readonly CallCaseStep[], id = 'fake-calls.1'): CallCase => ({
  id,
  title: 'calls helpers',
  issuer: { '/metadata': { json: {} } },
  steps,
});

async function all(results: AsyncIterable<CallResult>): Promise<CallResult[]> {
  const list: CallResult[] = [];
  for await (const result of results) list.push(result);
  return list;
}

async function run(
  call: Call,
  cases: readonly CallCase[],
  options: { readonly only?: string; readonly timeoutMs?: number } = {},
): Promise<CallResult[]> {
  return all(runCalls(() => call, { cases, ...options }));
}

async function outcomeOf(call: Call, steps: readonly CallCaseStep[], timeoutMs?: number): Promise<string> {
  const [result] = await run(call, [caseOf(steps)], timeoutMs === undefined ? {} : { timeoutMs });
  return [result!.outcome, ...result!.messages].join('\n');
}

const answers =
  (answer: CallAnswer): Call =>
  () =>
    answer;
const ok = { ok: { claims: { sub: 'ann', more: 1 }, cookie: 'a=b; Secure' } };

describe('a call', () => {
  it.each<[string, CallAnswer, CallCaseStep & { readonly call: string }]>([
    ['the members that are named', ok, { call: 'f', input: {}, expect: { ok: { claims: { sub: 'ann' } } } }],
    ['texts that match', ok, { call: 'f', input: {}, expect: { ok: {}, matches: { cookie: '^a=b' } } }],
    ['the code', { error: { code: 'bad' } }, { call: 'f', input: {}, expect: { error: 'bad' } }],
  ])('passes with %s', async (_, answer, step) => {
    expect(await outcomeOf(answers(answer), [step])).toBe('passed');
  });

  it.each<[string, CallAnswer, CallCaseStep & { readonly call: string }, RegExp]>([
    ['another member', ok, { call: 'f', input: {}, expect: { ok: { claims: { sub: 'eve' } } } }, /the answer is/],
    ['a member that is missing', ok, { call: 'f', input: {}, expect: { ok: { toString: 'ann' } } }, /the answer is/],
    ['a text that does not match', ok, { call: 'f', input: {}, expect: { ok: {}, matches: { cookie: 'HttpOnly' } } }, /should match HttpOnly/],
    ['no text to match', ok, { call: 'f', input: {}, expect: { ok: {}, matches: { url: '.' } } }, /url of the answer is undefined/],
    ['another code', { error: { code: 'bad' } }, { call: 'f', input: {}, expect: { error: 'worse' } }, /ends with bad, should be worse/],
    ['a code where it should be ok', { error: { code: 'bad' } }, { call: 'f', input: {}, expect: { ok: {} } }, /ends with bad, should be ok/],
    ['ok where it should be a code', ok, { call: 'f', input: {}, expect: { error: 'bad' } }, /ends with ok, should be bad/],
  ])('fails with %s', async (_, answer, step, message) => {
    expect(await outcomeOf(answers(answer), [step])).toMatch(message);
  }); // prettier-ignore

  it('fails where it throws, and where it takes too long', async () => {
    const step = { call: 'f', input: {}, expect: { ok: {} } };
    const broken: Call = () => {
      throw new Error('broken');
    };
    expect(await outcomeOf(broken, [step])).toBe('failed\nbroken');
    expect(await outcomeOf(() => new Promise<never>(() => undefined), [step], 20)).toMatch(/f took longer than 20 ms/);
  });

  it('finds texts of the answers before, the latest and those by name', async () => {
    const inputs: unknown[] = [];
    const call: Call = (_, input) => {
      inputs.push(input);
      return { ok: { url: `https://a.example/?state=${inputs.length}%26&b=c`, cookie: `c${inputs.length}` } };
    };
    const begin = { call: 'f', input: {}, expect: { ok: {} } };
    const text = '{{query:state}} {{answer:cookie}} {{query:first.state}} {{answer:first.cookie}} {{query:b}}';
    expect(await outcomeOf(call, [{ ...begin, as: 'first' }, begin, { ...begin, input: { text } }])).toBe('passed');
    expect(inputs.at(-1)).toEqual({ text: '2%26 c2 1%26 c1 c' });
  });

  it('finds the tokens that a step signed, with the URL of the issuer in them', async () => {
    let token = '';
    const call: Call = (_, input) => {
      token = input['token'] as string;
      return { ok: {} };
    };
    const recipe = { key: 'rs', header: { alg: 'RS256' }, claims: { iss: '{{issuer:url}}' } };
    const steps = [{ sign: { id: recipe } }, { call: 'f', input: { token: '{{signed:id}}' }, expect: { ok: {} } }];
    expect(await outcomeOf(call, steps)).toBe('passed');
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { readonly iss: string };
    expect(claims.iss).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
});

describe('the issuer of a case', () => {
  const post: Call = async (_, { url }) => {
    await fetch(`${url as string}/token`, { method: 'POST', body: 'code=a' });
    return { ok: {} };
  };
  const call = { call: 'f', input: { url: '{{issuer:url}}' }, expect: { ok: {} } };

  it('knows what was posted, and how often it was asked', async () => {
    expect(await outcomeOf(post, [call, { posted: { '/token': '^code=a$' } }, { requested: { '/token': 1 } }])).toBe(
      'passed',
    );
  });

  it('fails the case where something else was posted, or nothing', async () => {
    expect(await outcomeOf(post, [call, { posted: { '/token': 'code=b' } }])).toMatch(/posted to \/token is "code=a"/);
    expect(await outcomeOf(answers(ok), [{ posted: { '/token': '.' } }])).toMatch(/posted to \/token is undefined/);
  });

  it('fails the case where it was asked more often', async () => {
    expect(await outcomeOf(post, [call, { requested: { '/token': 0 } }])).toMatch(/asked for \/token 1 times/);
  });
});

describe('runCalls', () => {
  const passing = { call: 'f', input: {}, expect: { ok: {} } };
  it('runs what is asked for alone, by row or by case', async () => {
    const cases = ['one.1', 'one.2', 'two.1'].map((id) => caseOf([passing], id));
    const idsOf = async (only: string): Promise<string[]> =>
      (await run(answers(ok), cases, { only })).map(({ id }) => id);
    expect(await idsOf('one')).toEqual(['one.1', 'one.2']);
    expect(await idsOf('one.2')).toEqual(['one.2']);
  });

  it('makes a call of its own for each case', async () => {
    let made = 0;
    const create = (): Call => {
      made++;
      return answers(ok);
    };
    await all(runCalls(create, { cases: [caseOf([passing, passing]), caseOf([passing], 'fake-calls.2')] }));
    expect(made).toBe(2);
  });

  it('ends with the reason of a signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(all(runCalls(() => answers(ok), { signal }))).rejects.toThrow('enough');
  });
});

describe('signToken', () => {
  it.each([
    ['rs', 'RS256', 'sha256'],
    ['es384', 'ES384', 'sha384'],
    ['ed', 'EdDSA', null],
  ])('signs with the key %s by %s', (name, alg, digest) => {
    const token = signToken({ key: name, header: { alg }, claims: { a: 1 } }, loadPrivateKeys());
    const [signature, input] = [token.slice(token.lastIndexOf('.') + 1), token.slice(0, token.lastIndexOf('.'))];
    const key = createPublicKey({ key: loadPublicKeys()[name]!, format: 'jwk' });
    const good = verify(
      digest,
      Buffer.from(input),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    expect(good).toBe(true);
  });

  it('leaves the signature empty where there is nothing to sign with', () => {
    expect(signToken({ header: { alg: 'none' }, claims: {} }, {})).toMatch(/^[\w-]+\.[\w-]+\.$/);
  });

  it('knows no key by another name', () => {
    expect(() => signToken({ key: 'toString', header: {}, claims: {} }, loadPrivateKeys())).toThrow('is no key');
  });
});
