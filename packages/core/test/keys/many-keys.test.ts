import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createStaticKeys } from '../../src/keys/static-keys.js';
import { serveDocuments, type DocumentServer } from '../fixtures/documents.js';
import { keyBench, remoteOptions, tokenOf } from '../fixtures/remote-keys.js';
import { issuer, makeSigner, type Signer } from '../fixtures/tokens.js';

// Far over every default; each key is another one, but for its point.
const many = 2000;
let signer: Signer;
let keys: readonly Readonly<Record<string, unknown>>[];
let server: DocumentServer;
beforeAll(async () => {
  signer = await makeSigner('ES256', 'the-one');
  keys = Array.from({ length: many }, (_, index) => ({ ...signer.jwk, kid: `key-${index}` })).concat(
    signer.jwk as never,
  );
});
beforeEach(async () => {
  server = await serveDocuments();
});
afterEach(() => server.close());

describe('a set of many keys', () => {
  it('may be written out, and is found in by kid at once', async () => {
    const found = await createStaticKeys({ keys }).find({ source: issuer, keyid: 'the-one', algorithm: 'ES256' });
    expect(found.map(({ keyid }) => keyid)).toEqual(['the-one']);
  });

  it('is not walked through for a token without a kid: no more candidates come than anybody tries', async () => {
    const source = createStaticKeys({ keys });
    const found = await source.find({ source: issuer, algorithm: 'ES256' });
    expect(found.length).toBeLessThanOrEqual(64);
    expect(await source.find({ source: issuer, algorithm: 'ES256' })).toBe(found);
    expect(await source.find({ source: issuer, algorithm: 'invented' })).toEqual([]);
  });

  it('of one kid gives no more than that either', async () => {
    const same = keys.map((key) => ({ ...key, kid: 'same' }));
    const found = await createStaticKeys({ keys: same }).find({ source: issuer, keyid: 'same', algorithm: 'ES256' });
    expect(found.length).toBeLessThanOrEqual(64);
  });

  it.each([4, 5])('of one kid is tried up to four keys: the last of %i', async (count) => {
    const others = await Promise.all(Array.from({ length: count - 1 }, () => makeSigner('ES256', 'the-one')));
    server.serve({ keys: [...others, signer].map(({ jwk }) => jwk) });
    const { reasonOf } = keyBench(remoteOptions(server.url()));
    expect(await reasonOf(await tokenOf(signer))).toBe(count > 4 ? 'unknown-key' : 'ok');
  });

  it('is fetched where the limits say so, in pieces between which others are served', async () => {
    server.serve({ keys });
    const { reasonOf } = keyBench(remoteOptions(server.url(), { maxKeys: many + 1, maxBytes: 2 ** 24 }));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect(await reasonOf(await tokenOf(signer))).toBe('ok');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  it('refuses ten thousand invented kids with one fetch in four seconds, and good tokens get in meanwhile (jwks-kid-flood)', async () => {
    server.serve({ keys: [signer.jwk] });
    const { decideToken, reasonOf, clock, events } = keyBench(remoteOptions(server.url()));
    const good = await tokenOf(signer);
    expect(await reasonOf(good)).toBe('ok');
    const parts = (await tokenOf(signer)).split('.');
    const invented = (i: number): string =>
      [
        Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: `invented-${i}` })).toString('base64url'),
        parts[1],
        parts[2],
      ].join('.');
    for (let second = 0; second < 10; second++) {
      const flood = Array.from({ length: 1000 }, (_, i) => Promise.resolve(decideToken(invented(second * 1000 + i))));
      await Promise.all([...flood, Promise.resolve(decideToken(good))]);
      clock.advance(1);
    }
    expect(events.filter(({ reason }) => reason === 'ok')).toHaveLength(11);
    expect(events.filter(({ reason }) => reason === 'unknown-key')).toHaveLength(10_000);
    // At the start, and at the seconds 0, 4 and 8.
    expect(server.fetches()).toBe(4);
  }, 60_000);
});
