import type { ExternalKey } from '@auth/core/issuer';

import { makeSigningKey, type SigningKey } from './signing-key.js';

/** How long tokens are good, and so how long a key that signs no more stays published. */
export const tokenSeconds = 3600;

/** The signing keys of the issuer: they stand for those of a KMS, which it does not rotate by itself. */
export interface KeyRing {
  /** All that are published, as the issuer is told of them. */
  readonly keys: () => readonly ExternalKey[];
  /** What signs now, and what signed before the latest rotation. */
  readonly latest: () => { readonly current: SigningKey; readonly previous: SigningKey };
  /** Whether verifiers know the next key by now. */
  readonly mayRotate: () => boolean;
  /** The next key signs from now on, and one after it is published. */
  readonly rotate: () => Promise<void>;
}

interface Turn {
  readonly key: SigningKey;
  readonly publishedAt: number;
  /** Infinity for the next one. */
  readonly activeAt: number;
}

// Verifiers look for an unknown key once in four seconds. In production a key is published for minutes before it signs, since caches
// between keep the set.
const publishSeconds = 5;
const toleranceSeconds = 300;
const maxKeys = 16;

const now = (): number => Date.now() / 1000;

/** RSA and elliptic curves take turns, so that both are to be seen. */
export async function createKeyRing(): Promise<KeyRing> {
  let made = 0;
  const make = async (activeAt: number): Promise<Turn> => {
    const [algorithm, kind] = made % 2 === 0 ? ['RS256', 'rsa'] : ['ES256', 'ec'];
    return { key: await makeSigningKey(algorithm, `${kind}-${++made}`), publishedAt: now(), activeAt };
  };
  let turns: readonly Turn[] = [await make(0), await make(Infinity)];
  const published = (): readonly Turn[] => turns.filter((_, index) => !hasEnded(turns[index + 1]));
  return {
    keys: () => published().map(toExternal),
    latest: () => ({ current: turns.at(-2)!.key, previous: turns.at(-3)!.key }),
    mayRotate: () => now() >= turns.at(-1)!.publishedAt + publishSeconds && published().length < maxKeys,
    async rotate() {
      const next = await make(Infinity);
      const signs = { ...turns.at(-1)!, activeAt: now() };
      turns = [...published().slice(0, -1), signs, next];
    },
  };
}

/** @param next whatever signed after it: the last token before that has ended */
const hasEnded = (next: Turn | undefined): boolean =>
  next !== undefined && now() >= next.activeAt + tokenSeconds + toleranceSeconds;

const toExternal = ({ key, activeAt }: Turn): ExternalKey => ({
  keyid: key.keyid,
  algorithm: key.algorithm,
  publicJwk: key.publicJwk,
  activeAt,
  sign: key.sign,
});
