import { describe, expect, it } from 'vitest';

import { FailureError, failure, jwt, type AuthRequest } from '../../../src/index.js';
import { isPromise } from '../../../src/base/awaitable.js';
import { keysOf } from '../../fixtures/documents.js';
import { allowed, benchOf, refused } from '../../fixtures/guard.js';
import { requestOf, type Sent } from '../../fixtures/request.js';
import { claimsOf, issuer, makeSigner } from '../../fixtures/tokens.js';

const signer = await makeSigner('ES256');
const token = await signer.sign(claimsOf());
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const bench = (tokenInBody = true) =>
  benchOf({ access: jwt({ issuer, audience: 'api', jwks: keysOf(signer), tokenInBody }) });
const posts = (body: string, sent: Sent = {}): AuthRequest =>
  requestOf({ method: 'POST', headers: form, body: async () => new TextEncoder().encode(body), ...sent });
const reasonOf = async (request: AuthRequest): Promise<string> => {
  const { decide, events } = bench();
  await decide({ scheme: 'access' }, request);
  return events.at(-1)!.reason;
};

describe('a token in a form (RFC 6750 §2.2)', () => {
  it.each(['POST', 'PUT', 'PATCH'])('is taken from %s', async (method) => {
    const { decide } = bench();
    const decision = await decide({ scheme: 'access' }, posts(`a=1&access_token=${token}`, { method }));
    expect(allowed(decision).principal?.subject).toBe('ann');
  });

  it.each([
    ['twice', `access_token=${token}&access_token=${token}`, {}, 'duplicate-credentials'],
    ['beside one in the field', `access_token=${token}`, { authorization: `Bearer ${token}` }, 'duplicate-credentials'],
    ['beside a password', `access_token=${token}`, { authorization: 'Basic YTpi' }, 'duplicate-credentials'],
    ['that is empty', 'access_token=', {}, 'malformed-authorization'],
    ['that no field could hold', 'access_token=a%20b', {}, 'malformed-authorization'],
    ['that is too long', `access_token=${'a'.repeat(8193)}`, {}, 'credential-too-large'],
    ['of another name', `Access_token=${token}`, {}, 'no-credentials'],
  ])('is refused %s', async (_, body, more, reason) => {
    expect(await reasonOf(posts(body, { headers: { ...form, ...more } }))).toBe(reason);
  });

  it.each([
    ['GET', { method: 'GET' }],
    ['DELETE', { method: 'DELETE' }],
    ['another type', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
    ['a type with a parameter that nobody knows', { headers: { 'content-type': `${form['content-type']}; x=1` } }],
    ['two types', { headers: { 'content-type': [form['content-type'], 'text/plain'] } }],
    ['no type', { headers: {} }],
  ])('is not looked for with %s: the body is not read', async (_, sent) => {
    const body = (): never => {
      throw new Error('was read');
    };
    const { decide, events, errors } = bench();
    await decide({ scheme: 'access' }, posts('', { ...sent, body }));
    expect([events.at(-1)?.reason, errors]).toEqual(['no-credentials', []]);
  });

  it('is not looked for unless the options say so', () => {
    const { decide } = bench(false);
    const decision = decide({ scheme: 'access' }, posts(`access_token=${token}`));
    expect(isPromise(decision)).toBe(false);
  });

  it('makes nobody wait who sends no form', async () => {
    const decision = bench().decide({ scheme: 'access' }, requestOf({ headers: {} }));
    expect(isPromise(decision)).toBe(false);
    expect(refused(await decision).status).toBe(401);
  });

  it('in a body over the limit is a 413, and no error of ours', async () => {
    const { decide, events, errors } = bench();
    const body = () => Promise.reject(new FailureError(failure('body-too-large')));
    const decision = refused(await decide({ scheme: 'access' }, posts('', { body })));
    expect([decision.status, decision.code, events.at(-1)?.reason, errors]).toEqual([
      413, 'content-too-large', 'body-too-large', [],
    ]); // prettier-ignore
  });

  it('in a body that a parser ate is a configuration error that names the remedy, never a pass', async () => {
    const { decide, errors } = bench();
    const body = () => Promise.reject(new FailureError(failure('raw-body-unavailable'), 'put the guard first'));
    expect(refused(await decide({ scheme: 'access' }, posts('', { body }))).status).toBe(500);
    expect(String(errors[0])).toContain('put the guard first');
  });

  it('is read once for all guards of one request', async () => {
    let reads = 0;
    const request = posts('', { body: async () => (reads++, new TextEncoder().encode(`access_token=${token}`)) });
    const { decide } = bench();
    const both = await Promise.all(
      [decide({ scheme: 'access' }, request), decide({ scheme: 'access' }, request)].map((each) =>
        Promise.resolve(each),
      ),
    );
    expect(both.map((decision) => decision.kind)).toEqual(['allow', 'allow']);
    await decide({ scheme: 'access' }, request);
    expect(reads).toBe(1);
  });

  it('of bytes that are no text is none', async () => {
    expect(await reasonOf(posts('', { body: async () => Uint8Array.of(0xff, 0x00, 0x26) }))).toBe('no-credentials');
  });
});
