import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  hmac,
  type AuthRequest,
  type HeaderList,
  type HmacScheme,
  type WebhookProfileName,
} from '../../../src/index.js';
import { createSigV4Signer, createWebhookSigner } from '../../../src/signing.js';
import { createTestClock } from '../../../src/testing.js';
import { contextOf } from '../../fixtures/context.js';
import { judge } from '../../fixtures/judge.js';
import { requestOf } from '../../fixtures/request.js';

const now = 1_767_225_600;
const body = new TextEncoder().encode('{ "id": "evt_1", "price": 1.0, "name":"é" }');
const context = contextOf({ clock: createTestClock(now) });

/** A message whose every part can be changed. */
interface Message {
  readonly method: string;
  readonly target: string;
  readonly fields: HeaderList;
  readonly body: Uint8Array;
}

function toRequest({ method, target, fields, body: bytes }: Message): AuthRequest {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of fields) (headers[name] ??= []).push(value);
  const host = headers['host']?.[0] ?? 'api.example';
  const url = new URL(URL.canParse(`https://${host}/`) ? `https://${host}/` : 'https://none.example/');
  return Object.defineProperty(requestOf({ method, target, headers, body: () => Promise.resolve(bytes) }), 'url', { value: url }); // prettier-ignore
}

const isTaken = async (scheme: HmacScheme, message: Message): Promise<boolean> =>
  (await judge(scheme, toRequest(message), context)).startsWith('verified');

/** Every text that differs in one character: another of its kind, the other case, a space, nothing, itself twice. */
function* changesOf(text: string): Generator<string> {
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const others = new Set([String.fromCharCode(char.charCodeAt(0) ^ 1), char.toUpperCase(), char.toLowerCase(), ' ', '0', '', char + char]); // prettier-ignore
    others.delete(char);
    for (const other of others) yield text.slice(0, i) + other + text.slice(i + 1);
  }
}

function* bodiesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length * 8; i++) {
    const changed = Uint8Array.from(bytes);
    changed[i >> 3]! ^= 1 << (i & 7);
    yield changed;
  }
  yield bytes.subarray(1);
  yield bytes.subarray(0, -1);
  yield Uint8Array.from([...bytes, 0x0a]);
  yield new Uint8Array();
}

async function takenOf(scheme: HmacScheme, messages: Iterable<Message>): Promise<{ tried: number; taken: Message[] }> {
  const taken: Message[] = [];
  let tried = 0;
  for (const message of messages) {
    tried++;
    if (await isTaken(scheme, message)) taken.push(message);
  }
  return { tried, taken };
}

describe.each([
  ['standard-webhooks', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['github', "It's a Secret to Everybody"],
  ['stripe', 'whsec_the_secret_of_an_endpoint'],
  ['slack', '8f742231b10e8888abcd99yyyzzz85a5'],
] as const satisfies [WebhookProfileName, string][])('%s', (profile, secret) => {
  const scheme = hmac({ profile, keys: [{ secret, subject: 'sender' }] });

  it('takes no delivery of which one character of a field or one bit of the body was changed', async () => {
    const fields = await createWebhookSigner({ profile, secrets: [secret] }).sign({ id: 'msg_1', at: now, body });
    const message: Message = { method: 'POST', target: '/hooks', fields, body };
    expect(await isTaken(scheme, message)).toBe(true);
    function* changed(): Generator<Message> {
      for (const bytes of bodiesOf(body)) yield { ...message, body: bytes };
      for (const [index, [name, value]] of fields.entries())
        for (const other of changesOf(value)) yield { ...message, fields: fields.with(index, [name, other]) };
    }
    const { tried, taken } = await takenOf(scheme, changed());
    expect(taken).toEqual([]);
    expect(tried).toBeGreaterThan(600);
  });
});

describe('aws-sigv4', () => {
  const keyid = 'AKID4';
  const secret = 'a secret access key of this test';
  const where = { region: 'eu-west-1', service: 'execute-api' };
  const scheme = hmac({ profile: 'aws-sigv4', ...where, keys: [{ keyid, secret, subject: 'svc' }] });
  const s3 = hmac({ profile: 'aws-sigv4', ...where, service: 's3', keys: [{ keyid, secret, subject: 'svc' }] });

  async function messageOf(path: string, service = where.service): Promise<Message> {
    const headers = [['content-type', 'application/json'], ['x-amz-meta-note', 'a b']] as const; // prettier-ignore
    const request = { method: 'POST', url: `https://api.example${path}`, headers, body };
    const own = await createSigV4Signer({ keyid, secret, ...where, service }).sign(request, now);
    return { method: 'POST', target: path, fields: [['host', 'api.example'], ...headers, ...own], body };
  }

  /** What a target says, in one form: SigV4 signs this, however it is spelt (dot segments, order, escapes of a query). */
  function meaningOf(target: string): string {
    const [path = '', ...rest] = target.split('?');
    const segments: string[] = [];
    for (const segment of path.split('/')) {
      if (segment === '..') segments.pop();
      else if (segment !== '' && segment !== '.') segments.push(segment);
    }
    const query = [...new URLSearchParams(rest.join('?'))].map((pair) => JSON.stringify(pair)).toSorted();
    return JSON.stringify([segments, path.endsWith('/'), query]);
  }

  const target = '/orders/a%20b/%C3%A9?q=a%2Bb+c&empty=&q=1&n=%7E';

  it('takes no request of which one character or one bit was changed', async () => {
    const message = await messageOf(target);
    expect(await isTaken(scheme, message)).toBe(true);
    function* changed(): Generator<Message> {
      for (const bytes of bodiesOf(body)) yield { ...message, body: bytes };
      for (const method of changesOf('POST')) yield { ...message, method };
      for (const other of changesOf(target))
        if (meaningOf(other) !== meaningOf(target)) yield { ...message, target: other };
      for (const [index, [name, value]] of message.fields.entries()) {
        if (name !== 'host') yield { ...message, fields: message.fields.toSpliced(index, 1) };
        for (const other of changesOf(value)) {
          const unchanged = other.split(' ').filter(Boolean).join(' ') === value;
          if (!unchanged && name !== 'authorization')
            yield { ...message, fields: message.fields.with(index, [name, other]) };
        }
      }
    }
    const { tried, taken } = await takenOf(scheme, changed());
    expect(taken).toEqual([]);
    expect(tried).toBeGreaterThan(800);
  });

  it('takes no Authorization of which one character was changed, but for spaces between its members', async () => {
    const message = await messageOf(target);
    const index = message.fields.findIndex(([name]) => name === 'authorization');
    const value = message.fields[index]![1];
    const tight = (text: string): string => text.replace(/ *, */g, ',').replace(/ +/g, ' ').trim().replace(/^aws4-hmac/i, 'AWS4-HMAC').replace(/^AWS4-HMAC-sha256/i, 'AWS4-HMAC-SHA256'); // prettier-ignore
    function* changed(): Generator<Message> {
      for (const other of changesOf(value))
        if (tight(other) !== tight(value))
          yield { ...message, fields: message.fields.with(index, ['authorization', other]) };
    }
    const { tried, taken } = await takenOf(scheme, changed());
    expect(taken).toEqual([]);
    expect(tried).toBeGreaterThan(500);
  });

  it('takes a target for another only where both say the same', async () => {
    const signed = await messageOf(target);
    const piece = fc.constantFrom(
      '/',
      '//',
      '/.',
      '/..',
      '%2F',
      '%2f',
      '%20',
      '+',
      '%2B',
      '&',
      '=',
      '?',
      'a',
      'q=1',
      'n=~',
      '%',
      '%zz',
      'é',
      '%00',
      ';',
    );
    const place = fc.nat(target.length);
    await fc.assert(
      fc.asyncProperty(piece, place, place, async (inserted, from, to) => {
        const [start, end] = from < to ? [from, to] : [to, from];
        const other = target.slice(0, start) + inserted + target.slice(end);
        fc.pre(meaningOf(other) !== meaningOf(target));
        expect(await isTaken(scheme, { ...signed, target: other })).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no other spelling of a path for S3, whose paths are names', async () => {
    const path = '/a%20b//./c/%C3%A9';
    const signed = await messageOf('/orders', 's3');
    expect(await isTaken(s3, signed)).toBe(true);
    const linesOf = { ...(await messageOf('/a%20b//c/%C3%A9', 's3')) };
    expect(await isTaken(s3, linesOf)).toBe(true);
    for (const other of [
      path,
      '/a%20b/c/%C3%A9',
      '/a%20b//c/%c3%a9',
      '/a+b//c/%C3%A9',
      '/a%20b%2F%2Fc/%C3%A9',
      '/a%2520b//c/%C3%A9',
    ])
      expect(await isTaken(s3, { ...linesOf, target: other })).toBe(false);
  });

  it('answers any text in Authorization and in the query, and throws for none', async () => {
    const presigned = hmac({
      profile: 'aws-sigv4',
      ...where,
      allowPresigned: true,
      keys: [{ keyid, secret, subject: 'svc' }],
    });
    const member = fc.constantFrom(
      'Credential=',
      'SignedHeaders=',
      'Signature=',
      ',',
      ';',
      '/',
      '=',
      'host',
      ' ',
      '%',
      'AKID4/20260101/eu-west-1/execute-api/aws4_request',
      '0'.repeat(64),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(member, fc.string())), async (parts) => {
        const text = parts.join('');
        const inField: Message = {
          method: 'GET',
          target: '/',
          fields: [['authorization', `AWS4-HMAC-SHA256 ${text}`]],
          body,
        };
        const inQuery: Message = { method: 'GET', target: `/?X-Amz-Signature=${text}`, fields: [], body };
        expect(await isTaken(presigned, inField)).toBe(false);
        expect(await isTaken(presigned, inQuery)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
