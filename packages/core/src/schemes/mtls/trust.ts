import { after } from '../../base/awaitable.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Certificate } from './certificate.js';
import { findChain, isCurrent, type Chain, type ChainFault } from './chain.js';
import { Derived, type PemSource } from './pem.js';
import { findRevocation, type RevocationList } from './revocation.js';

/** What trust is made of. */
export interface TrustOptions {
  readonly ca: PemSource;
  readonly intermediates: PemSource | undefined;
  readonly crl: PemSource | undefined;
  readonly makeCertificates: (text: string) => readonly Certificate[];
  readonly makeLists: (text: string) => readonly RevocationList[];
  readonly maxLength: number;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';
const maxChains = 10_000;

interface Anchors {
  readonly certificates: readonly Certificate[];
  /**
   * Chains that were verified, by the thumbprint of the leaf: signatures do not change, so that dates alone are asked anew. A session that
   * is resumed brings the leaf without the rest.
   */
  readonly chains: Map<string, Chain>;
}

/**
 * What cannot be read any more is kept as it was, and told once: to trust nobody would be an outage, and more is trusted by nobody.
 */
class Kept<T> {
  readonly #derived: Derived<T>;
  #latest: { readonly value: T } | undefined;
  #told: unknown;

  constructor(source: PemSource, make: (text: string) => T) {
    this.#derived = new Derived(source, make);
  }

  /** @throws what was wrong with the first one */
  get(onError?: (error: unknown) => void): T {
    try {
      return (this.#latest = { value: this.#derived.get() }).value;
    } catch (error) {
      if (this.#latest === undefined) throw error;
      if (this.#told !== error) onError?.(error);
      this.#told = error;
      return this.#latest.value;
    }
  }
}

/** The authorities and their revocation lists, as they stand: both may change while the server runs. */
export class Trust {
  readonly #anchors: Kept<Anchors>;
  readonly #intermediates: Kept<readonly Certificate[]> | undefined;
  readonly #lists: Derived<readonly RevocationList[]> | undefined;
  readonly #maxLength: number;

  constructor({ ca, intermediates, crl, makeCertificates, makeLists, maxLength }: TrustOptions) {
    this.#anchors = new Kept(ca, (text) => ({ certificates: makeCertificates(text), chains: new Map() }));
    if (intermediates !== undefined) this.#intermediates = new Kept(intermediates, makeCertificates);
    if (crl !== undefined) this.#lists = new Derived(crl, makeLists);
    this.#maxLength = maxLength;
  }

  anchors(onError?: (error: unknown) => void): Anchors {
    return this.#anchors.get(onError);
  }

  intermediates(onError?: (error: unknown) => void): readonly Certificate[] {
    return this.#intermediates?.get(onError) ?? [];
  }

  /** Undefined where they cannot be read: then nobody knows what was revoked. */
  lists(): readonly RevocationList[] | undefined {
    try {
      return this.#lists?.get();
    } catch {
      return undefined;
    }
  }

  /** A chain from the leaf to an authority, at a time. */
  find(
    leaf: Certificate,
    intermediates: readonly Certificate[],
    { now, onError }: { readonly now: number; readonly onError?: ((error: unknown) => void) | undefined },
  ): Awaitable<Chain | ChainFault> {
    const { certificates, chains } = this.anchors(onError);
    const known = chains.get(leaf.thumbprint);
    if (known?.every((each) => isCurrent(each, now)) === true) return known;
    const candidates = [...intermediates, ...this.intermediates(onError)];
    const search = {
      intermediates: candidates,
      anchors: certificates,
      maxLength: this.#maxLength,
      now,
      usage: clientAuth,
    };
    return after(findChain(leaf, search), (found) => {
      if (typeof found !== 'string') remember(chains, leaf.thumbprint, found);
      return found;
    });
  }

  /** Whether lists, where there are any, let every certificate of a chain but the authority pass. */
  judgeRevocation(chain: Chain, now: number): Awaitable<'certificate-revoked' | 'crl-unavailable' | undefined> {
    if (this.#lists === undefined) return undefined;
    const lists = this.lists() ?? [];
    return chain
      .slice(1)
      .reduce<Awaitable<'certificate-revoked' | 'crl-unavailable' | undefined>>(
        (before, issuer, index) =>
          after(before, (found) =>
            found === 'certificate-revoked'
              ? found
              : after(findRevocation(chain[index]!, issuer, lists, now), (status) =>
                  status === 'revoked' ? 'certificate-revoked' : status === 'unknown' ? 'crl-unavailable' : found,
                ),
          ),
        undefined,
      );
  }
}

/** The oldest goes, where there is no room. */
export function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  if (map.size >= maxChains) map.delete(map.keys().next().value!);
  map.set(key, value);
}
