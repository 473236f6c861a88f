import { all } from '../base/awaitable.js';
import type { Context } from '../contracts/scheme.js';
import type { Jwk } from '../contracts/key.js';
import type { SigningKey } from '../contracts/signer.js';
import { DependencyError } from '../errors/failure-error.js';
import { createSigningKey } from '../keys/signing-key.js';
import { askStore } from '../stores/ask-store.js';
import type { ExternalKey } from './external-keys.js';
import type { IssuerSettings } from './options.js';
import { makeSigningKey, openSigningKey, sealSigningKey, type SigningKeyRecord } from './signing-key-record.js';

/** The keys of an issuer as they are at one time. */
export interface Ring {
  /** What signs now. */
  readonly signing: SigningKey;
  /** What verifiers should know: the next one, the one that signs, and those whose tokens are still good. */
  readonly published: readonly Jwk[];
}

type RingContext = Pick<Context, 'clock' | 'signal'>;

// Decision: how old this process' view of the store may be. A key is published far longer than this before it signs anywhere.
const refreshSeconds = 30;
// What verifiers tolerate, at most.
const toleranceSeconds = 300;

/**
 * Signing keys that rotate by themselves. The next key is made, and published, `keyPublishSeconds` before it signs; the last is
 * published until its last token has ended. All of it follows the store, so that no process signs with a key that another does not
 * publish.
 */
export class KeyRing {
  readonly #settings: IssuerSettings;
  readonly #signers = new Map<string, Promise<SigningKey>>();
  #records: readonly SigningKeyRecord[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(settings: IssuerSettings) {
    this.#settings = settings;
  }

  /** @throws DependencyError where the store, or the signer of somebody's own, is down */
  async at(context: RingContext): Promise<Ring> {
    const { externalKeys } = this.#settings;
    if (externalKeys !== undefined) return ringOf(await externalKeys(), context);
    const now = context.clock.now();
    // A clock that was set back is another time, too.
    if (Math.abs(now - this.#readAt) >= refreshSeconds) await (this.#reading ??= this.#read(now));
    const current = activeOf(this.#records, now);
    return { signing: await this.#signerOf(current), published: this.#records.map(({ publicJwk }) => publicJwk) };
  }

  /** Makes and publishes the next key now; it signs `keyPublishSeconds` later. */
  async rotate(context: RingContext): Promise<string> {
    if (this.#settings.externalKeys !== undefined)
      throw new TypeError('the issuer does not rotate keys that are not its own');
    await this.#reading;
    this.#reading = this.#read(context.clock.now(), true);
    await this.#reading;
    return this.#records.at(-1)!.keyid;
  }

  /** For all who ask meanwhile, so that nobody's going ends it. */
  async #read(now: number, forced = false): Promise<void> {
    try {
      let records = await this.#list();
      if (forced || this.#isDue(records, now)) {
        await this.#add(records, now);
        records = await this.#list();
      }
      for (const { keyid } of this.#endedOf(records, now)) {
        await this.#ask(({ keyStore }) => keyStore.remove(keyid));
        this.#signers.delete(keyid);
        records = records.filter((record) => record.keyid !== keyid);
      }
      this.#records = records;
      this.#readAt = now;
    } finally {
      this.#reading = undefined;
    }
  }

  #isDue(records: readonly SigningKeyRecord[], now: number): boolean {
    const latest = records.at(-1);
    const { keyRotationSeconds, keyPublishSeconds } = this.#settings;
    return latest === undefined || now >= latest.activeAt + keyRotationSeconds - keyPublishSeconds;
  }

  /** Of two processes one adds; the other goes on with that one's key. */
  async #add(records: readonly SigningKeyRecord[], now: number): Promise<void> {
    const { algorithm, keyPublishSeconds, sealer } = this.#settings;
    const latest = records.at(-1);
    // The first key signs at once: nobody has looked for keys before.
    const key = await makeSigningKey(algorithm, latest === undefined ? now : now + keyPublishSeconds);
    const entry = await sealSigningKey(key, sealer);
    await this.#ask(({ keyStore }) => keyStore.add(entry, latest?.keyid ?? null));
  }

  /** Those whose last token has ended: signed the moment before the next one did. */
  #endedOf(records: readonly SigningKeyRecord[], now: number): readonly SigningKeyRecord[] {
    const longest = this.#settings.accessTokenSeconds + toleranceSeconds;
    return records.filter((_, index) => {
      const next = records[index + 1];
      return next !== undefined && now >= next.activeAt + longest;
    });
  }

  #signerOf({ keyid, algorithm, privateJwk }: SigningKeyRecord): Promise<SigningKey> {
    let signer = this.#signers.get(keyid);
    if (signer === undefined) {
      signer = createSigningKey({ algorithm, privateJwk: privateJwk.reveal(), keyid });
      this.#signers.set(keyid, signer);
    }
    return signer;
  }

  async #list(): Promise<readonly SigningKeyRecord[]> {
    const entries = await this.#ask(({ keyStore }) => keyStore.list());
    return all(entries.map((entry) => openSigningKey(entry, this.#settings.sealer)));
  }

  async #ask<T>(ask: (settings: IssuerSettings) => T | Promise<T>): Promise<T> {
    return askStore(() => ask(this.#settings), undefined, 'signing-key-store-unavailable');
  }
}

/** The newest that may sign; before that the first, which nobody has seen used. */
function activeOf<T extends { readonly activeAt: number }>(keys: readonly T[], now: number): T {
  const current = keys.findLast(({ activeAt }) => activeAt <= now) ?? keys[0];
  if (current === undefined)
    throw new DependencyError('signing-key-store-unavailable', {}, { message: 'the issuer has no signing key' });
  return current;
}

function ringOf(keys: readonly ExternalKey[], { clock, signal }: RingContext): Ring {
  const key = activeOf(keys, clock.now());
  const { keyid, algorithm } = key;
  const published = keys.map(({ publicJwk, ...each }) => ({
    ...publicJwk,
    kid: each.keyid,
    alg: each.algorithm,
    use: 'sig',
  }));
  return { signing: { keyid, algorithm, sign: (data) => key.sign(data, signal) }, published };
}
