import { describe, expect, it } from 'vitest';

import { hmac, type Context, type HeaderList, type SigV4Options } from '../../../src/index.js';
import { createSigV4Signer, type SigV4Request } from '../../../src/signing.js';
import { createTestClock } from '../../../src/testing.js';
import { contextOf } from '../../fixtures/context.js';
import { judge } from '../../fixtures/judge.js';
import { requestOf } from '../../fixtures/request.js';

const now = 1_767_225_600;
const keyid = 'AKID4';
const secret = 'a secret access key of this test';
const next = 'another secret access key of it';
const where = { region: 'eu-west-1', service: 'execute-api' };
const body = new TextEncoder().encode('{"a":1}');

const schemeOf = (more: Partial<SigV4Options> = {}) =>
  hmac({ profile: 'aws-sigv4', ...where, keys: [{ keyid, secret, subject: 'svc' }], ...more });

interface Sent extends Partial<SigV4Request> {
  readonly at?: number;
  readonly signer?: Partial<Parameters<typeof createSigV4Signer>[0]>;
  /** What goes out in the place of what was signed. */
  readonly change?: (fields: HeaderList) => HeaderList;
  readonly target?: string;
  readonly received?: Uint8Array;
}

async function signed({ at = now, signer = {}, change = (fields) => fields, target, received, ...request }: Sent = {}) {
  const whole = { method: 'GET', url: 'https://api.example/orders?a=1', ...request };
  const own = await createSigV4Signer({ keyid, secret, ...where, ...signer }).sign(whole, at);
  return toRequest(change([['host', new URL(whole.url).host], ...(request.headers ?? []), ...own]), {
    method: whole.method,
    target: target ?? whole.url.replace(/^https:\/\/[^/]+/, ''),
    received: received ?? (whole.body instanceof Uint8Array ? whole.body : new Uint8Array()),
  });
}

function toRequest(
  fields: HeaderList,
  { method = 'GET', target, received = new Uint8Array() }: { method?: string; target: string; received?: Uint8Array },
) {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of fields) (headers[name] ??= []).push(value);
  return requestOf({ method, target, headers, body: () => Promise.resolve(received) });
}

async function presigned(options: { at?: number; expiresSeconds?: number; url?: string; service?: string } = {}) {
  const { at = now, expiresSeconds = 900, url = 'https://api.example/orders', service = where.service } = options;
  const signer = createSigV4Signer({ keyid, secret, region: where.region, service });
  const made = await signer.presign({ method: 'GET', url }, at, { expiresSeconds });
  return made.replace('https://api.example', '');
}

const at = (seconds = now, more: Partial<Context> = {}): Context =>
  contextOf({ clock: createTestClock(seconds), ...more });
const without = (name: string) => (fields: HeaderList) => fields.filter(([other]) => other !== name);
const replace = (name: string, change: (value: string) => string) => (fields: HeaderList) =>
  fields.map(([other, value]) => [other, other === name ? change(value) : value] as const);

describe('aws-sigv4', () => {
  it('takes what its signer signs, with a body, a session token and further fields', async () => {
    const request = await signed({
      method: 'POST',
      body,
      headers: [['content-type', 'application/json']],
      signer: { sessionToken: 'to/ken==' },
    });
    expect(await judge(schemeOf(), request, at())).toBe('verified svc');
  });

  it.each([
    ['nothing', requestOf(), 'absent'],
    ['a token for another scheme', requestOf({ headers: { authorization: 'Bearer x' } }), 'unsupported-scheme'],
    [
      'a signature of SigV4a',
      requestOf({ headers: { authorization: 'AWS4-ECDSA-P256-SHA256 Credential=a' } }),
      'unsupported-scheme',
    ],
    [
      'two lines',
      requestOf({ headers: { authorization: ['AWS4-HMAC-SHA256 a', 'AWS4-HMAC-SHA256 a'] } }),
      'duplicate-authorization',
    ],
    [
      'a field over the limit',
      requestOf({ headers: { authorization: `AWS4-HMAC-SHA256 ${'a'.repeat(9000)}` } }),
      'credential-too-large',
    ],
  ])('answers %s before anything is proved', async (_, request, expected) => {
    expect(await judge(schemeOf(), request, at())).toBe(expected);
  });

  it.each([
    ['no signature', (text: string) => text.replace(/, Signature=.*/, '')],
    ['a signature twice', (text: string) => `${text}, Signature=${'0'.repeat(64)}`],
    ['a member that is none', (text: string) => text.replace('SignedHeaders', 'signedheaders')],
    ['a short signature', (text: string) => text.slice(0, -2)],
    ['a signature in upper case', (text: string) => text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase())],
    ['a credential of four parts', (text: string) => text.replace('/aws4_request', '')],
    ['a credential of six parts', (text: string) => text.replace('/aws4_request', '/x/aws4_request')],
    ['no access key id', (text: string) => text.replace('AKID4/', '/')],
  ])('refuses %s as malformed', async (_, change) => {
    expect(await judge(schemeOf(), await signed({ change: replace('authorization', change) }), at())).toBe(
      'signature-malformed',
    );
  });

  it.each([
    ['a time that is none', replace('x-amz-date', () => '20260230T000000Z')],
    ['two times', (fields: HeaderList) => [...fields, ['x-amz-date', '20260101T000000Z'] as const]],
    ['no time', without('x-amz-date')],
    [
      'a Date of another second',
      (fields: HeaderList) => [...fields, ['date', 'Thu, 01 Jan 2026 00:00:02 GMT'] as const],
    ],
  ])('refuses %s as stale', async (_, change) => {
    expect(await judge(schemeOf(), await signed({ change }), at())).toBe('signature-stale');
  });

  it.each([
    [301, 'signature-stale'],
    [300, 'verified svc'],
    [-300, 'verified svc'],
    [-301, 'signature-stale'],
  ])('takes a time up to 300 seconds off, either way, over midnight too: %d', async (offset, expected) => {
    expect(await judge(schemeOf(), await signed(), at(now + offset))).toBe(expected);
  });

  it('takes a Date beside its own that names the same second', async () => {
    const change = (fields: HeaderList) => [...fields, ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'] as const];
    expect(await judge(schemeOf(), await signed({ change }), at())).toBe('verified svc');
  });

  it('derives the keys of several days, and forgets those of long ago', async () => {
    const scheme = schemeOf();
    for (let day = 0; day < 9; day++) {
      const time = now + day * 86_400;
      expect(await judge(scheme, await signed({ at: time }), at(time))).toBe('verified svc');
      expect(await judge(scheme, await signed({ at: now }), at(now))).toBe('verified svc');
    }
  });

  it.each([
    ['without the host', 'host;x-amz-date', 'x-amz-date'],
    ['with a name twice', 'host;x-amz-date', 'host;host;x-amz-date'],
    ['with an empty name', 'host;x-amz-date', ';host;x-amz-date'],
  ])('refuses a list of fields %s', async (_, list, other) => {
    const request = await signed({ change: replace('authorization', (text) => text.replace(list, other)) });
    expect(await judge(schemeOf(), request, at())).toBe('coverage-insufficient');
  });

  it('names no difference between a key that is not there and a signature that is wrong', async () => {
    const unknown = await signed({ signer: { keyid: 'AKIDX' } });
    const wrong = await signed({ signer: { secret: next } });
    expect(await judge(schemeOf(), unknown, at())).toBe('unknown-key');
    expect(await judge(schemeOf(), wrong, at())).toBe('signature-mismatch');
    const prototype = await signed({ signer: { keyid: '__proto__' } });
    expect(await judge(schemeOf(), prototype, at())).toBe('unknown-key');
  });

  it('takes each of two live secrets, and none that is over or revoked', async () => {
    const scheme = schemeOf({
      keys: [
        { keyid, secret, subject: 'old', notAfter: now + 60 },
        { keyid, secret: next, subject: 'new' },
        { keyid: 'AKIDOLD', secret, subject: 'gone', revoked: true },
      ],
    });
    expect(await judge(scheme, await signed(), at())).toBe('verified old');
    expect(await judge(scheme, await signed({ signer: { secret: next } }), at())).toBe('verified new');
    expect(await judge(scheme, await signed(), at(now + 60))).toBe('key-revoked');
    expect(await judge(scheme, await signed({ signer: { keyid: 'AKIDOLD' } }), at())).toBe('key-revoked');
  });

  it('refuses a body that was changed, with and without a hash in the fields', async () => {
    const received = new TextEncoder().encode('{"a":2}');
    expect(await judge(schemeOf(), await signed({ method: 'PUT', body, received }), at())).toBe('signature-mismatch');
    const s3 = { ...where, service: 's3' };
    const declared = await signed({ method: 'PUT', body, received, signer: s3 });
    expect(await judge(schemeOf(s3), declared, at())).toBe('digest-mismatch');
  });

  it('takes an unsigned body by option alone', async () => {
    const sent = { method: 'PUT', body: 'UNSIGNED-PAYLOAD', received: body } as const;
    expect(await judge(schemeOf(), await signed(sent), at())).toBe('digest-mismatch');
    expect(await judge(schemeOf({ allowUnsignedPayload: true }), await signed(sent), at())).toBe('verified svc');
  });

  it('uses what changes something once, and what only reads as often as it likes', async () => {
    const used: string[] = [];
    const context = at(now, { useOnce: ({ owner, id }) => !used.includes(owner + id) && used.push(owner + id) > 0 });
    const scheme = schemeOf();
    expect(await judge(scheme, await signed(), context)).toBe('verified svc');
    expect(await judge(scheme, await signed(), context)).toBe('verified svc');
    expect(await judge(scheme, await signed({ method: 'DELETE' }), context)).toBe('verified svc');
    expect(await judge(scheme, await signed({ method: 'DELETE' }), context)).toBe('replayed');
    expect(await judge(scheme, await signed({ method: 'DELETE', at: now + 1 }), context)).toBe('verified svc');
    const uses: number[] = [];
    await judge(scheme, await signed({ method: 'DELETE' }), at(now, { useOnce: ({ until }) => uses.push(until) > 0 }));
    expect(uses).toEqual([now + 301]);
  });

  it('goes by the host that a trusted proxy tells', async () => {
    const request = await signed({ change: replace('host', () => 'inside.example:8080') });
    // What the guard makes of X-Forwarded-Host: the URL as the client meant it.
    expect(await judge(schemeOf(), request, at())).toBe('verified svc');
    const elsewhere = { ...request, url: new URL('https://inside.example:8080/orders') };
    expect(await judge(schemeOf(), elsewhere, at())).toBe('signature-mismatch');
  });
});

describe('presigned', () => {
  const allowed = schemeOf({ allowPresigned: true });
  const get = (target: string) => toRequest([['host', 'api.example']], { target });

  it('is refused unless the option says so, under whatever name', async () => {
    expect(await judge(schemeOf(), get(await presigned()), at())).toBe('credential-in-query');
    for (const name of ['x-amz-signature', 'X-Amz-%53ignature'])
      expect(await judge(schemeOf(), get(`/orders?${name}=0`), at())).toBe('credential-in-query');
  });

  it('is good from its time on for as long as it says, and for 900 seconds at most', async () => {
    const target = await presigned({ expiresSeconds: 60 });
    expect(await judge(allowed, get(target), at(now + 60))).toBe('verified svc');
    expect(await judge(allowed, get(target), at(now + 61))).toBe('signature-expired');
    expect(await judge(allowed, get(target), at(now - 301))).toBe('signature-stale');
    expect(await judge(allowed, get(await presigned({ expiresSeconds: 901 })), at())).toBe('signature-stale');
  });

  it('stands alone: beside a signature in Authorization it is refused', async () => {
    const target = await presigned();
    expect(await judge(allowed, await signed({ target }), at())).toBe('duplicate-credentials');
  });

  it.each([
    ['no algorithm', (target: string) => target.replace(/X-Amz-Algorithm=[^&]*&/, '')],
    ['another algorithm', (target: string) => target.replace('HMAC-SHA256', 'HMAC-SHA1')],
    ['no time', (target: string) => target.replace(/X-Amz-Date=[^&]*&/, '')],
    ['an expiry of no seconds', (target: string) => target.replace('Expires=900', 'Expires=0')],
    ['an expiry with a fraction', (target: string) => target.replace('Expires=900', 'Expires=9e2')],
    ['a name in other letters', (target: string) => target.replace('X-Amz-Date', 'x-amz-date')],
    ['a name twice', (target: string) => `${target}&X-Amz-Date=20260101T000000Z`],
    ['a name twice, once encoded', (target: string) => `${target}&X-Amz-%44ate=20260101T000000Z`],
  ])('with %s is malformed', async (_, change) => {
    expect(await judge(allowed, get(change(await presigned())), at())).toBe('signature-malformed');
  });

  it('covers the whole query', async () => {
    const target = await presigned({ url: 'https://api.example/orders?a=1' });
    expect(await judge(allowed, get(target), at())).toBe('verified svc');
    expect(await judge(allowed, get(target.replace('a=1', 'a=2')), at())).toBe('signature-mismatch');
    expect(await judge(allowed, get(`${target}&b=1`), at())).toBe('signature-mismatch');
  });

  it('of S3 signs no body, so that one is refused unless the option says otherwise', async () => {
    const s3 = { service: 's3', allowPresigned: true };
    const target = await presigned({ service: 's3' });
    const withBody = toRequest([['host', 'api.example']], { target, received: body });
    expect(await judge(schemeOf(s3), get(target), at())).toBe('verified svc');
    expect(await judge(schemeOf(s3), withBody, at())).toBe('digest-mismatch');
    expect(await judge(schemeOf({ ...s3, allowUnsignedPayload: true }), withBody, at())).toBe('verified svc');
  });
});
