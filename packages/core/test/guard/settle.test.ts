import { describe, expect, it } from 'vitest';

import { failure, failureRows, type Code, type ProblemOptions } from '../../src/index.js';
import {
  allowed,
  benchOf,
  challengesOf,
  linesOf,
  problemOf,
  proves,
  refused,
  wordScheme,
  fingerprintsOf,
} from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

const requirement = { scheme: 'a' };
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0xab);

/** A bench whose scheme refuses with a code. */
const refusing = (code: Code, problem?: ProblemOptions) =>
  benchOf({ a: wordScheme('a', { verify: () => failure('made-up', { code }) }) }, problem && { problem });

describe('a refusal', () => {
  it.each(Object.entries(failureRows))('with %s has its status, body and event', async (code, { status, title }) => {
    const { decide, events } = refusing(code as Code);
    const decision = refused(await decide(requirement, sends({ 'x-a': 'ann' })));
    expect(decision).toMatchObject({ status, code });
    expect(problemOf(decision)).toMatchObject({ type: `urn:auth:problem:${code}`, title, status, code });
    expect(events).toMatchObject([{ outcome: status >= 500 ? 'error' : 'refuse', reason: 'made-up', code, status }]);
    expect(challengesOf(decision)).toHaveLength(
      status === 400 || status === 401 || code === 'insufficient-scope' ? 1 : 0,
    );
    expect(linesOf(decision, 'retry-after')).toEqual(status === 429 || status === 503 ? ['5'] : []);
  });

  it('is problem+json that nobody stores, and frozen (RFC 9457 §3)', async () => {
    const { decide } = benchOf({ a: wordScheme('a') });
    const decision = refused(await decide(requirement, requestOf()));
    expect(linesOf(decision, 'content-type')).toEqual(['application/problem+json']);
    expect(linesOf(decision, 'cache-control')).toEqual(['no-store']);
    expect(Object.isFrozen(decision) && Object.isFrozen(decision.headers)).toBe(true);
  });

  it('carries the instance of its event, made of the random source', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a') }, { random: bytes });
    const uuid = 'abababab-abab-4bab-abab-abababababab';
    expect(problemOf(await decide(requirement, requestOf()))['instance']).toBe(`urn:uuid:${uuid}`);
    expect(events).toMatchObject([{ instance: `urn:uuid:${uuid}`, id: uuid }]);
  });

  it('has an instance of its own each time', async () => {
    const { decide } = benchOf({ a: wordScheme('a') });
    const instances = await Promise.all(
      Array.from({ length: 50 }, async () => problemOf(await decide(requirement, requestOf()))['instance']),
    );
    expect(new Set(instances).size).toBe(50);
    for (const instance of instances)
      expect(instance).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('takes the status that a scheme asks for, in answer, body and event', async () => {
    const a = wordScheme('a');
    a.challenge.mockReturnValue({ status: 407, headers: [['proxy-authenticate', 'a']] });
    const { decide, events } = benchOf({ a });
    const decision = refused(await decide(requirement, sends({ 'x-a': 'bad' })));
    expect(decision.status).toBe(407);
    expect(problemOf(decision)['status']).toBe(407);
    expect(events).toMatchObject([{ status: 407 }]);
  });

  it('names the realm of createAuth in its challenge', async () => {
    const { decide } = benchOf({ a: wordScheme('a') }, { realm: 'orders' });
    expect(challengesOf(await decide(requirement, requestOf()))).toEqual(['a realm="orders"']);
  });

  it('of a route without a requirement is 403 and has its event', () => {
    const { auth, events } = benchOf({ a: wordScheme('a') });
    const refusal = auth.forAdapters.refuseUndeclared(sends({ 'x-a': 'ann' }));
    expect(refusal).toMatchObject({ kind: 'refuse', status: 403, code: 'permission-denied' });
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'no-requirement', scheme: null, fingerprint: null }]);
  });
});

describe('problem options', () => {
  it('put their base before the code in type', async () => {
    const { decide } = refusing('not-found', { typeBase: 'https://api.example/problems#' });
    expect(problemOf(await decide(requirement, sends({ 'x-a': 'ann' })))['type']).toBe(
      'https://api.example/problems#not-found',
    );
  });

  it('give titles in another language for the codes that they name, and leave error_description', async () => {
    const titles = { 'missing-credentials': 'Anmeldung nötig "jetzt"' };
    const { decide } = benchOf({ a: wordScheme('a') }, { problem: { titles } });
    expect(problemOf(await decide(requirement, requestOf()))['title']).toBe('Anmeldung nötig "jetzt"');
    expect(problemOf(await decide(requirement, sends({ 'x-a': 'bad' })))['title']).toBe(
      'The credentials are not valid',
    );
  });

  it('add members after ours, in their order', async () => {
    const { decide } = benchOf(
      { a: wordScheme('a') },
      { problem: { members: { help: 'https://api.example/"help"', tier: 2, beta: false, note: null } } },
    );
    const problem = problemOf(await decide(requirement, requestOf()));
    expect(Object.keys(problem)).toEqual([
      'type',
      'title',
      'status',
      'code',
      'instance',
      'help',
      'tier',
      'beta',
      'note',
    ]);
    expect(problem).toMatchObject({ help: 'https://api.example/"help"', tier: 2, beta: false, note: null });
  });

  it('write our members in this order and without white space', async () => {
    const { decide } = benchOf({ a: wordScheme('a') }, { random: bytes });
    expect(new TextDecoder().decode(refused(await decide(requirement, requestOf())).body)).toBe(
      '{"type":"urn:auth:problem:missing-credentials","title":"Credentials are required","status":401,' +
        '"code":"missing-credentials","instance":"urn:uuid:abababab-abab-4bab-abab-abababababab"}',
    );
  });
});

describe('hideForbidden', () => {
  const schemes = () => ({ a: wordScheme('a'), b: wordScheme('b') });

  it.each([
    ['scopes', { scheme: 'a', scopes: ['w'] }, 'insufficient-scope'],
    ['roles', { scheme: 'a', roles: ['admin'] }, 'role-missing'],
    ['different subjects', { allOf: [{ scheme: 'a' }, { scheme: 'b' }] }, 'subject-mismatch'],
  ])('answers 404 without a challenge for missing %s, and the event still tells', async (_, asked, reason) => {
    const { decide, events } = benchOf(schemes());
    const decision = await decide(asked, sends({ 'x-a': 'ann', 'x-b': 'bob' }), { hideForbidden: true });
    expect(decision).toMatchObject({ status: 404, code: 'not-found' });
    expect(challengesOf(decision)).toEqual([]);
    expect(problemOf(decision)['title']).toBe('Not found');
    expect(events).toMatchObject([{ reason, status: 404, subject: 'ann' }]);
  });

  it('answers 404 where onAllow says that permission is denied', async () => {
    const { decide, events } = benchOf(schemes(), { onAllow: () => failure('permission-missing') });
    const decision = await decide(requirement, sends({ 'x-a': 'ann' }), { hideForbidden: true });
    expect(decision).toMatchObject({ status: 404, code: 'not-found' });
    expect(events).toMatchObject([{ reason: 'permission-missing', status: 404, subject: 'ann' }]);
  });

  it('answers 404 where a scheme says that permission is denied', async () => {
    const a = wordScheme('a', { verify: () => failure('address-not-allowed') });
    const { decide, events } = benchOf({ ...schemes(), a });
    const decision = await decide(requirement, sends({ 'x-a': 'ann' }), { hideForbidden: true });
    expect(decision).toMatchObject({ status: 404, code: 'not-found' });
    expect(events).toMatchObject([{ reason: 'address-not-allowed', status: 404 }]);
  });

  it.each([
    ['nothing', {}, 401],
    ['bad credentials', { 'x-a': 'bad' }, 401],
    ['malformed credentials', { 'x-a': 'malformed' }, 400],
  ])('leaves the answer to %s as it is', async (_, headers, status) => {
    const { decide } = benchOf(schemes());
    expect(await decide(requirement, sends(headers), { hideForbidden: true })).toMatchObject({ status });
  });
});

describe('the event of an attempt', () => {
  it('tells who, what, where and when, and no credential', async () => {
    const verify = () => proves('ann', { issuer: 'https://i.example', clientId: 'app', credentialId: 'c1' });
    const { decide, events } = benchOf({ a: wordScheme('a', { verify }) });
    const request = requestOf({
      method: 'POST',
      target: '/orders/1?token=query-secret',
      headers: { 'x-a': 'the-credential', 'user-agent': 'curl/8' },
      route: '/orders/:id',
    });
    allowed(await decide(requirement, request));
    expect(events).toEqual([
      {
        version: 1,
        sequence: 1,
        kind: 'attempt',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        time: '2026-01-01T00:00:00.000Z',
        outcome: 'allow',
        reason: 'ok',
        code: null,
        status: null,
        scheme: 'a',
        issuer: 'https://i.example',
        subject: 'ann',
        claimedSubject: null,
        clientId: 'app',
        credentialId: 'c1',
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
        address: '203.0.113.9',
        device: { userAgent: 'curl/8' },
        method: 'POST',
        route: '/orders/:id',
        path: '/orders/1',
        durationMs: expect.any(Number) as number,
      },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/the-credential|query-secret/);
  });

  it('names no subject before proof', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a') });
    await decide(requirement, sends({ 'x-a': 'bad' }));
    expect(events).toMatchObject([{ scheme: 'a', subject: null, issuer: null, credentialId: null }]);
    expect(fingerprintsOf(events)).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
  });

  it('is not made where nobody listens', async () => {
    const { auth, decide } = benchOf({ a: wordScheme('a') }, { audit: [] });
    allowed(await decide(requirement, sends({ 'x-a': 'ann' })));
    expect(auth.lostEvents).toBe(0);
  });
});
