import assert from 'node:assert/strict';

import { Secret } from '../../base/secret.js';
import type { SigningKeyEntry, SigningKeyStore } from '../../stores/signing-keys.js';
import type { CachedToken, TokenCache } from '../../stores/token-cache.js';
import type { TokenStore } from '../../stores/tokens.js';
import { atOnce, casesOf, oddNames, type ContractCase, type MakeStore } from './contract.js';

/**
 * What every store of an issuer's state must do.
 * @example for (const { title, run } of tokenStoreContract(() => createMyTokens())) it(title, run);
 */
export function tokenStoreContract(make: MakeStore<TokenStore>): readonly ContractCase[] {
  // By the clock of this machine, since a store may forget by it.
  const now = Date.now() / 1000;
  const entryOf = (value: string, until = now + 1000) => ({ value, until });
  return casesOf('token store', make, {
    'finds what was inserted, exactly, until its time': async (store) => {
      const entry = entryOf('{"n":"é 日本 \\u0000 \'\\""}', now + 1000.25);
      assert.equal(await store.insert('a', entry), true);
      assert.deepEqual(await store.find('a', now), entry);
      assert.deepEqual(await store.find('a', now + 1000), entry);
      assert.equal(await store.find('a', now + 1000.25), undefined);
      assert.equal(await store.find('b', now), undefined);
    },
    'does not insert under a key that is taken': async (store) => {
      await store.insert('a', entryOf('"first"'));
      assert.equal(await store.insert('a', entryOf('"second"')), false);
      assert.equal((await store.find('a', now))?.value, '"first"');
    },
    'replaces what still stands there, and nothing else': async (store) => {
      assert.equal(await store.replace('a', { from: '"x"', to: entryOf('"y"') }), false);
      await store.insert('a', entryOf('"x"'));
      assert.equal(await store.replace('a', { from: '"X"', to: entryOf('"y"') }), false);
      assert.equal(await store.replace('a', { from: '"x"', to: entryOf('"y"', now + 5) }), true);
      assert.deepEqual(await store.find('a', now), entryOf('"y"', now + 5));
    },
    'lets one of many who insert or replace at the same instant do it': async (store) => {
      const inserted = await atOnce(30, (index) => store.insert('a', entryOf(`"${index}"`)));
      assert.equal(inserted.filter(Boolean).length, 1);
      const { value } = (await store.find('a', now))!;
      const replaced = await atOnce(30, (index) => store.replace('a', { from: value, to: entryOf(`"next ${index}"`) }));
      assert.equal(replaced.filter(Boolean).length, 1);
      const winner = replaced.indexOf(true);
      assert.equal((await store.find('a', now))?.value, `"next ${winner}"`);
    },
    'holds entries of 64 KiB': async (store) => {
      const value = 'x'.repeat(65_536);
      await store.insert('long', entryOf(value));
      assert.equal(await store.replace('long', { from: value, to: entryOf(`${value}y`) }), true);
      assert.equal((await store.find('long', now))?.value.length, 65_537);
    },
    'keeps keys apart, whatever they are made of': async (store) => {
      for (const name of oddNames) assert.equal(await store.insert(name, entryOf(JSON.stringify(name))), true, name);
      for (const name of oddNames) assert.equal((await store.find(name, now))?.value, JSON.stringify(name));
    },
  });
}

// Of the length that a thumbprint has.
const keyOf = (name: string, value = `sealed-${name}`): SigningKeyEntry => ({ keyid: name.padEnd(43, '_'), value });
const idOf = (name: string): string => keyOf(name).keyid;

/**
 * What every store of an issuer's signing keys must do.
 * @example for (const { title, run } of signingKeyStoreContract(() => createMyKeys())) it(title, run);
 */
export function signingKeyStoreContract(make: MakeStore<SigningKeyStore>): readonly ContractCase[] {
  return casesOf('signing-key store', make, {
    'lists keys as they are, in the order in which they were added': async (store) => {
      assert.deepEqual(await store.list(), []);
      const keys = [keyOf('z', 'v'.repeat(8192)), keyOf('a'), keyOf('m')];
      for (const [index, key] of keys.entries())
        assert.equal(await store.add(key, keys[index - 1]?.keyid ?? null), true);
      assert.deepEqual(await store.list(), keys);
    },
    'takes no key that comes after another than the last': async (store) => {
      assert.equal(await store.add(keyOf('a'), idOf('b')), false);
      await store.add(keyOf('a'), null);
      await store.add(keyOf('b'), idOf('a'));
      for (const after of [null, idOf('a'), idOf('B')]) assert.equal(await store.add(keyOf('c'), after), false);
      assert.deepEqual(await store.list(), [keyOf('a'), keyOf('b')]);
    },
    'lets one of many add a first key, and a later one, at the same instant': async (store) => {
      for (const [round, before] of [null, 'a'].entries()) {
        const all = Array.from({ length: 20 }, (_, index) => keyOf(round === 0 ? 'a' : `race${index}`));
        const added = await atOnce(20, (index) =>
          store.add(all[index] ?? keyOf('none'), before === null ? null : idOf(before)),
        );
        assert.equal(added.filter(Boolean).length, 1);
        assert.deepEqual((await store.list()).at(-1), all[added.indexOf(true)]);
        assert.equal((await store.list()).length, round + 1);
      }
    },
    'removes a key, and goes on from the one that is last then': async (store) => {
      await store.add(keyOf('a'), null);
      await store.add(keyOf('b'), idOf('a'));
      await store.remove(idOf('a'));
      await store.remove(idOf('a'));
      assert.deepEqual(await store.list(), [keyOf('b')]);
      assert.equal(await store.add(keyOf('c'), idOf('b')), true);
      assert.deepEqual(await store.list(), [keyOf('b'), keyOf('c')]);
      await store.remove(idOf('c'));
      await store.remove(idOf('b'));
      assert.deepEqual(await store.list(), []);
      assert.equal(await store.add(keyOf('d'), null), true);
    },
  });
}

/**
 * What every token cache of a client must do that several processes share.
 * @example for (const { title, run } of tokenCacheContract(() => createMyCache())) it(title, run);
 */
export function tokenCacheContract(make: MakeStore<Required<TokenCache>>): readonly ContractCase[] {
  const now = Math.floor(Date.now() / 1000);
  const tokenOf = (text: string, rest: Partial<CachedToken> = {}): CachedToken => ({
    accessToken: new Secret(text),
    obtainedAt: now,
    expiresAt: now + 600,
    ...rest,
  });
  const shown = (token: CachedToken | undefined) =>
    token && { ...token, accessToken: token.accessToken.reveal(), refreshToken: token.refreshToken?.reveal() };
  return casesOf('token cache', make, {
    'finds the token that was saved last under a key': async (cache) => {
      const whole = tokenOf('a1', { refreshToken: new Secret('r1'), scopes: ['orders:read'] });
      assert.equal(await cache.find('a'), undefined);
      await cache.save('a', tokenOf('a0'));
      await cache.save('a', whole);
      assert.deepEqual(shown(await cache.find('a')), shown(whole));
      assert.equal(await cache.find('b'), undefined);
    },
    'takes out a token that was refused, and never its successor': async (cache) => {
      const refused = tokenOf('old');
      await cache.save('a', refused);
      await cache.save('a', tokenOf('new'));
      await cache.remove('a', refused);
      assert.equal((await cache.find('a'))?.accessToken.reveal(), 'new');
      await cache.remove('a', (await cache.find('a'))!);
      assert.equal(await cache.find('a'), undefined);
    },
    'lets one of many go on at a time': async (cache) => {
      let inside = 0;
      let most = 0;
      await atOnce(10, async () => {
        const release = await cache.lock('a');
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
        await release();
      });
      assert.equal(most, 1);
    },
    'lets those of another key go on meanwhile, and whoever waits leave': async (cache) => {
      const release = await cache.lock('a');
      await (
        await cache.lock('b')
      )();
      const leaving = new AbortController();
      const waiting = Promise.resolve(cache.lock('a', leaving.signal));
      leaving.abort();
      await assert.rejects(waiting);
      await release();
      await (
        await cache.lock('a')
      )();
    },
  });
}
