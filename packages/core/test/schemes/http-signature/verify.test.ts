import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

import { createAuth, hmac, httpSignature, type AuditEvent } from '../../../src/index.js';
import { createNodeBridge, sendAnswer } from '../../../src/node.js';
import { formatContentDigest } from '../../../src/signing.js';
import { contextOf } from '../../fixtures/context.js';
import { listen } from '../../fixtures/server.js';
import { clock, judge, now, received, secretBase64, signed, type Outgoing } from '../../fixtures/signed-requests.js';

const get: Outgoing = { method: 'GET', target: '/orders', headers: [] };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the target of a signed request is what was on the wire', () => {
  it.each([
    ['an escape', '/a%2Fb', '/a/b'],
    ['an escape for a plain character', '/a%7Eb', '/a~b'],
    ['upper case in an escape', '/a%2fb', '/a%2Fb'],
    ['a doubled slash', '/a//b', '/a/b'],
    ['a dot segment', '/a/./b', '/a/b'],
    ['a double dot segment', '/a/x/../b', '/a/b'],
    ['a slash at the end', '/a/b/', '/a/b'],
    ['the order of parameters', '/a?x=1&y=2', '/a?y=2&x=1'],
    ['an empty query', '/a?', '/a?&'],
    ['a plus sign', '/a?x=+', '/a?x=%20'],
  ])('with %s', async (_title, sent, changed) => {
    const bySent = await signedRaw(sent);
    expect(await judge(received({ ...bySent, target: sent }))).toBe('verified');
    expect(await judge(received({ ...bySent, target: changed }))).toBe('signature-mismatch');
  });

  /** Signed as it stands: a URL would resolve its dots. */
  const signedRaw = async (target: string): Promise<Outgoing> => {
    const mark = target.indexOf('?');
    const [pathname, search] = mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark)];
    const { createMessageSigner, createMessageSigningKey } = await import('../../../src/signing.js');
    const key = await createMessageSigningKey({ keyid: 'k', alg: 'hmac-sha256', secretBase64 });
    const url = { protocol: 'https:', host: 'api.example', pathname, search } as URL;
    const components = ['@method', '@target-uri'];
    return { ...get, headers: await createMessageSigner({ key, clock, components }).sign({ ...get, url }) };
  };
});

describe('a query parameter by name (RFC 9421 §2.2.8)', () => {
  const components = ['@method', '@target-uri', '@query-param;name="a"'];
  it.each([
    ['that is no UTF-8', '/x?a=%FF', 'component-ambiguous'],
    ['whose name is no UTF-8', '/x?%FF=1&a=1', 'component-ambiguous'],
    ['that is there twice', '/x?a=1&a=1', 'component-ambiguous'],
    ['that is not there', '/x?b=1', 'component-missing'],
    ['that stands under an escaped name as well', '/x?a=1&%61=2', 'component-ambiguous'],
  ])('is refused %s', async (_title, target, reason) => {
    const request = await signed({ ...get, target: '/x?a=1' }, { components });
    expect(await judge(received({ ...request, target }))).toBe(reason);
  });
});

describe('the fields of a signature', () => {
  it.each([
    ['Signature', (text: string) => text.replace('=:', '=: ')],
    [
      'Signature',
      (text: string) =>
        text.replace(
          /(.)=:$/,
          (_, last: string) => `${last === 'A' ? 'B' : String.fromCharCode(last.charCodeAt(0) + 1)}=:`,
        ),
    ],
    ['Signature', (text: string) => text.replace('=:', '=::')],
    ['Signature-Input', (text: string) => text.replace(';keyid', ';created=1;keyid')],
    ['Signature-Input', (text: string) => text.replace(String(now), `0${now}`)],
    ['Signature-Input', (text: string) => `${text};é`],
  ])('are refused in another spelling: %s, %s', async (name, change) => {
    const request = await signed(get);
    const headers = request.headers.map(([field, value]) => [field, field === name ? change(value) : value] as const);
    expect(await judge(received({ ...request, headers }))).toBe('signature-malformed');
  });

  it('are refused when they are longer than a credential may be', async () => {
    const request = await signed(get);
    expect(
      await judge(received({ ...request, headers: [...request.headers, ['Signature', 'a'.repeat(16_384)]] })),
    ).toBe('credential-too-large');
  });

  it('are read in linear time', () => {
    const hostile = ['"', '\\"', '(', ';a', ',a', '%"', ':', '1.0,', 'a=("b" '].map((piece) =>
      piece.repeat(16_000 / piece.length),
    );
    for (const text of hostile) {
      const request = received({
        ...get,
        headers: [
          ['Signature-Input', text],
          ['Signature', text],
        ],
      });
      const scheme = httpSignature({ keys: [{ keyid: 'k', alg: 'hmac-sha256', secretBase64, subject: 's' }] });
      expect(scheme.extract(request, { maxCredentialBytes: 65_536 })).toMatchObject({ reason: 'signature-malformed' });
    }
  });
});

describe('what is used once', () => {
  const uses: unknown[] = [];
  const context = contextOf({ clock, useOnce: (use) => uses.push(use) > 0 });
  const keys = [{ keyid: 'k', alg: 'hmac-sha256', secretBase64, subject: 's' }] as const;

  it.each([
    ['allow', true, 'POST', [{ kind: 'httpSignature nonce' }]],
    ['allow', false, 'POST', [{ kind: 'httpSignature base' }]],
    ['allow', false, 'GET', []],
    ['off', true, 'GET', []],
    ['off', true, 'DELETE', [{ kind: 'httpSignature base' }]],
    ['require', true, 'GET', [{ kind: 'httpSignature nonce' }]],
  ] as const)('with nonce: %s, a nonce %s, %s', async (mode, nonce, method, expected) => {
    uses.length = 0;
    const request = received(await signed({ ...get, method }, { nonce }));
    const scheme = httpSignature({ keys, nonce: mode });
    const extracted = await scheme.extract(request, { maxCredentialBytes: 8192 });
    const credentials = extracted.kind === 'credentials' ? extracted.credentials : undefined;
    expect(await scheme.verify(credentials!, request, context)).toMatchObject({ kind: 'verified' });
    expect(uses).toMatchObject(expected);
    // Until it would be refused for its age: created, maxAgeSeconds, clockToleranceSeconds, and the second in which these end.
    for (const use of uses) expect(use).toMatchObject({ owner: 'k', until: now + 300 + 5 + 1 });
  });

  it('is not taken from a request that is refused', async () => {
    uses.length = 0;
    const request = received({ ...(await signed({ ...get, method: 'POST', body: bytes('a') })), body: bytes('b') });
    const scheme = httpSignature({ keys });
    const extracted = await scheme.extract(request, { maxCredentialBytes: 8192 });
    const credentials = extracted.kind === 'credentials' ? extracted.credentials : undefined;
    expect(await scheme.verify(credentials!, request, context)).toMatchObject({ reason: 'digest-mismatch' });
    expect(uses).toEqual([]);
  });
});

describe('the body of a signed request, over a socket', () => {
  const events: AuditEvent[] = [];
  const auth = createAuth({
    schemes: {
      signed: httpSignature({ keys: [{ keyid: 'k', alg: 'hmac-sha256', secretBase64, subject: 'svc-2' }] }),
      shared: hmac({ keys: [{ keyid: 'h', secretBase64, subject: 'svc-3' }] }),
    },
    clock,
    bodyLimitBytes: 1024,
    audit: (event) => void events.push(event),
  });
  const bridge = createNodeBridge(auth);
  let handled: Buffer[] = [];
  const started = listen((req, res) => {
    void Promise.resolve(auth.check(bridge.request(req), { scheme: 'signed' })).then(async (decision) => {
      if (decision.kind === 'refuse') return sendAnswer(res, decision);
      handled = [];
      for await (const chunk of req) handled.push(chunk as Buffer);
      res.end(decision.principal?.subject);
    });
  });
  afterAll(async () => (await started).close());

  const send = async (content: Uint8Array, wire: Uint8Array, fields: string): Promise<string> => {
    const server = await started;
    const { headers } = await signed(
      { ...get, method: 'POST', origin: 'http://api.example', body: content, headers: [['Content-Encoding', 'gzip']] },
      { components: ['@method', '@target-uri', 'content-digest', 'content-encoding'] },
    );
    const secure = headers.map(([name, value]) => `${name}: ${value}\n`).join('');
    return server.exchange(`POST /orders HTTP/1.1\nHost: api.example\nConnection: close\n${secure}${fields}\n\n`, wire);
  };

  it('is hashed as it was sent: compressed, and in chunks with trailers that nobody reads', async () => {
    const content = gzipSync('{"amount":7}');
    const chunks = Buffer.concat([
      Buffer.from(`${content.length.toString(16)}\r\n`),
      content,
      Buffer.from('\r\n0\r\nContent-Digest: sha-256=:AAAA:\r\n\r\n'),
    ]);
    expect(await send(content, chunks, 'Transfer-Encoding: chunked\nTrailer: Content-Digest')).toContain('svc-2');
    expect(Buffer.concat(handled).equals(content)).toBe(true);
  });

  it('never reaches the handler where it is another, or too long', async () => {
    handled = [];
    const content = gzipSync('{"amount":7}');
    const other = Buffer.from(content);
    other[content.length - 1]! ^= 1;
    expect(await send(content, other, `Content-Length: ${other.length}`)).toContain('invalid-signature');
    expect(events.at(-1)).toMatchObject({ reason: 'digest-mismatch' });
    const long = new Uint8Array(1025);
    expect(await send(long, long, 'Content-Length: 1025')).toContain('content-too-large');
    expect(handled).toEqual([]);
  });

  it('is not read for a stranger', async () => {
    const server = await started;
    const digest = formatContentDigest(bytes('a'));
    const answer = await server.exchange(
      `POST /orders HTTP/1.1\nHost: api.example\nConnection: close\nContent-Digest: ${digest}\nContent-Length: 9999999\nSignature-Input: sig=("@method" "@target-uri" "content-digest");created=${now};keyid="k"\nSignature: sig=:AAAA:\n\n`,
    );
    expect(answer).toContain('invalid-signature');
    expect(events.at(-1)).toMatchObject({ reason: 'signature-mismatch' });
  });
});
