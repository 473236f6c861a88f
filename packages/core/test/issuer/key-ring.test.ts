import { generateKeyPairSync, sign } from 'node:crypto';

import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';

import { createMemorySigningKeys, type IssuerOptions, type SigningKeyStore } from '../../src/issuer.js';
import { createTestClock } from '../../src/testing.js';
import { startOfTests } from '../fixtures/guard.js';
import { issuerBench, type IssuerBench } from './bench.js';

const day = 86_400;
const secretBase64 = 'VGhpcyBpcyAzMiByYW5kb20gYnl0ZXMhIG9yIGFsbW9zdA==';

async function kidOf({ token }: IssuerBench): Promise<string> {
  return decodeProtectedHeader((await token()).json['access_token'] as string).kid!;
}

async function published({ get }: IssuerBench): Promise<readonly string[]> {
  const { json } = await get('/oauth/jwks');
  return (json['keys'] as { kid: string }[]).map(({ kid }) => kid);
}

describe('signing keys', () => {
  it('rotate by themselves: published before they sign, and kept until their last token has ended', async () => {
    const bench = issuerBench({ keyRotationSeconds: 30 * day, keyPublishSeconds: 900 });
    const first = await kidOf(bench);
    bench.clock.advance(30 * day - 900 - 31);
    expect(await published(bench)).toEqual([first]);
    bench.clock.advance(31);
    const [, second] = await published(bench);
    expect(second).toBeDefined();
    expect(await kidOf(bench)).toBe(first);
    bench.clock.advance(899);
    expect(await kidOf(bench)).toBe(first);
    bench.clock.advance(1);
    expect(await kidOf(bench)).toBe(second);
    bench.clock.advance(900);
    expect(await published(bench)).toEqual([first, second]);
    bench.clock.advance(331);
    expect(await published(bench)).toEqual([second]);
  });

  it('are the same in two processes, and none signs with one that the other has not published', async () => {
    const store = createMemorySigningKeys();
    const clock = createTestClock(startOfTests);
    const make = (): IssuerBench => issuerBench({ signing: { store, secretBase64 } }, clock);
    const processes = [make(), make()] as const;
    const kids = await Promise.all(processes.map(kidOf));
    expect(kids[0]).toBe(kids[1]);
    // Each asks at its own pace, over two rotations; what one signs with the other must have published already.
    for (let step = 0; step < 2400; step++) {
      clock.advance(2203);
      const [a, b] = step % 2 === 0 ? processes : ([processes[1], processes[0]] as const);
      const seen = await published(b);
      expect(seen).toContain(await kidOf(a));
    }
  });

  it('are added once where two processes find at once that one is due', async () => {
    const store = createMemorySigningKeys();
    const clock = createTestClock(startOfTests);
    const processes = [
      issuerBench({ signing: { store, secretBase64 } }, clock),
      issuerBench({ signing: { store, secretBase64 } }, clock),
    ];
    const kids = await Promise.all([...processes, ...processes].map(kidOf));
    expect(new Set(kids).size).toBe(1);
    expect(await store.list()).toHaveLength(1);
  });

  it('never stand in the store in clear: neither private parts, nor anything that another secret or issuer opens', async () => {
    const store = createMemorySigningKeys();
    const bench = issuerBench({ signing: { store, secretBase64 } });
    const kid = await kidOf(bench);
    const [entry] = await store.list();
    expect(entry).toEqual({ keyid: kid, value: expect.stringMatching(/^[\w-]+$/) });
    expect(Buffer.from(entry!.value, 'base64url').toString('latin1')).not.toContain('kty');
    const other = Buffer.alloc(32, 'another secret').toString('base64');
    for (const changed of [{ signing: { store, secretBase64: other } }, { issuer: 'https://other.example/oauth' }]) {
      const stranger = issuerBench({ signing: { store, secretBase64 }, ...changed });
      expect((await stranger.token()).status).toBe(503);
      expect(stranger.events.at(-1)).toMatchObject({ reason: 'signing-key-store-unavailable' });
    }
    expect(await store.list()).toHaveLength(1);
    const rotated = issuerBench({ signing: { store, secretBase64: [other, secretBase64] } });
    expect(await kidOf(rotated)).toBe(kid);
  });

  it('are those alone that the issuer sealed: whoever writes in the store brings no key of theirs', async () => {
    const store = createMemorySigningKeys();
    const bench = issuerBench({ signing: { store, secretBase64 } });
    const kid = await kidOf(bench);
    const [entry] = await store.list();
    await store.add({ keyid: 'k'.repeat(43), value: entry!.value }, kid);
    bench.clock.advance(31);
    expect((await bench.token()).status).toBe(503);
  });

  it.each([
    ['keyPublishSeconds', { keyPublishSeconds: 329 }],
    ['signing.secretBase64', { signing: { store: createMemorySigningKeys() } }],
    ['signing.secretBase64', { signing: { secretBase64 } }],
    ['signing.secretBase64', { signing: { store: createMemorySigningKeys(), secretBase64: 'AAAA' } }],
  ])('are not made with options that would show or break them: %s', (path, options) => {
    expect(() => issuerBench(options)).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ path })] }),
    );
  });

  it('refuse with 503 while their store is down', async () => {
    const down = (): never => {
      throw new Error('connection refused by db.internal');
    };
    const store: SigningKeyStore = { list: down, add: down, remove: down };
    const bench = issuerBench({ signing: { store, secretBase64 } });
    const answer = await bench.token();
    expect(answer.status).toBe(503);
    expect(bench.events.at(-1)).toMatchObject({ outcome: 'error', reason: 'signing-key-store-unavailable' });
    expect(JSON.stringify(answer.json)).not.toContain('db.internal');
  });

  it('may stand in a KMS: it signs by a call, and only public parts are known here', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = {
      keyid: 'alias/tokens',
      algorithm: 'ES256',
      publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown>,
      activeAt: 0,
      sign: async (data: Uint8Array) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    };
    const signing: NonNullable<IssuerOptions['signing']> = { keys: () => [key] };
    const bench = issuerBench({ signing });
    expect(await kidOf(bench)).toBe('alias/tokens');
    const { json } = await bench.token();
    const { json: state } = await bench.post('/oauth/introspect', { token: json['access_token'] as string });
    expect(state).toMatchObject({ active: true, jti: decodeJwt(json['access_token'] as string).jti });
    await expect(bench.issuer.rotateSigningKey()).rejects.toThrow(TypeError);
  });
});
