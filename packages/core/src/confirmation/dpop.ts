import { crypto } from '#crypto';

import { after } from '../base/awaitable.js';
import { createSlot } from '../base/slot.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Confirmed, Confirmer, Context } from '../contracts/scheme.js';
import { signingInputOf } from '../crypto/jws.js';
import { isThumbprint } from '../crypto/thumbprint.js';
import { failure } from '../errors/failures.js';
import { parseAuthorization } from '../http/authorization.js';
import { normalizeHttpUri, normalizePath } from '../http/normalized-uri.js';
import { pathOfTarget } from '../http/target-uri.js';
import { ProofKeys, type ProofKey } from './dpop-key.js';
import type { DpopNonces, NonceAge } from './dpop-nonce.js';
import { parseDpopProof, type ParsedProof } from './dpop-proof.js';

/** What proofs are held against. */
export interface DpopSettings {
  /** How far the clock of a client may be off, in seconds. */
  readonly clockToleranceSeconds: number;
  /** Unset where a proof needs no nonce. */
  readonly nonces: DpopNonces | undefined;
}

// Decision: a proof is good for a minute; a nonce of ours tells its age better than the clock of a client, and is good for five.
const maxAgeSeconds = 60;
const maxAgeWithNonceSeconds = 300;

const confirmed: Confirmed = Object.freeze({ kind: 'confirmed' });
const proofIgnored: Confirmed = Object.freeze({
  kind: 'confirmed',
  annotations: Object.freeze({ dpopProofIgnored: true }),
});
// §8.1: an answer out of a cache would bring a nonce that is over.
const notStored = ['cache-control', 'no-store'] as const;
const badSignature = failure('signature-mismatch', { code: 'invalid-dpop-proof' });
const replayed = failure('replayed', { code: 'invalid-dpop-proof' });

/** Whose key a proof was good for. */
export interface ProvedKey {
  readonly kind: 'proved';
  /** RFC 7638. */
  readonly thumbprint: string;
  /** The next nonce, where this one is about to end. */
  readonly headers: HeaderList;
}

/**
 * Checks the proof of a request that brings no token yet, as the one for a token does (RFC 9449 §5): all that `createDpopConfirmer` checks but
 * what ties a proof to a token.
 */
export function createDpopProver(
  settings: DpopSettings,
): (request: AuthRequest, context: Context, issuer: string | null) => Awaitable<ProvedKey | Failure> {
  const keys = new ProofKeys();
  return (request, context, issuer) => new ProofCheck({ settings, keys, request, context, issuer }).run();
}

/**
 * Confirms `cnf.jkt` (RFC 9449 §6 and §7): the request comes by the scheme `DPoP`, with one proof by the key that the token is bound to.
 * Checks, in the order of §4.3: one field, one proof, all claims and their types, `typ`, `alg`, the key, `htm`, `htu`, the nonce, `iat`,
 * `ath`, the thumbprint, the signature, and last that the `jti` is new for this key.
 * Does not check: the token, which is proved before.
 * Keeps: keys of proofs that were good; of a request, that its proof was good, since that is used up.
 */
export function createDpopConfirmer(settings: DpopSettings): Confirmer {
  const keys = new ProofKeys();
  const proved = createSlot<AuthRequest, string>();
  return Object.freeze({
    member: 'jkt',
    confirm(
      jkt: unknown,
      { issuer }: Principal,
      request: AuthRequest,
      context: Context,
    ): Awaitable<Confirmed | Failure> {
      const token = findDpopToken(request);
      if (jkt === undefined) return token === undefined ? confirmUnbound(request) : failure('token-not-bound');
      if (token === undefined) return failure('bound-token-as-bearer');
      if (!isThumbprint(jkt)) return failure('confirmation-unsupported');
      const before = proved.get(request);
      if (before !== undefined) return before === jkt ? confirmed : failure('dpop-key-mismatch');
      const check = new ProofCheck({ settings, keys, request, context, bound: { token, jkt }, issuer });
      return after(check.run(), (result) => {
        if (result.kind === 'failure') return result;
        proved.set(request, jkt);
        return result.headers.length === 0 ? confirmed : { kind: 'confirmed', headers: result.headers };
      });
    },
  });
}

/** The token that came by the scheme `DPoP` (§7.1), as it was sent. */
function findDpopToken(request: AuthRequest): string | undefined {
  const authorization = parseAuthorization(request);
  return authorization.kind === 'authorization' && authorization.authScheme === 'dpop' ? authorization.rest : undefined;
}

/** A bearer token needs no proof; what stands there proves nothing, and is not looked at. */
const confirmUnbound = ({ headers }: AuthRequest): Confirmed =>
  headers.getAll('dpop').length > 0 ? proofIgnored : confirmed;

interface ProofContext {
  readonly settings: DpopSettings;
  readonly keys: ProofKeys;
  readonly request: AuthRequest;
  readonly context: Context;
  /** The token that comes along, and the thumbprint that it is bound to. Unset: one is to be made. */
  readonly bound?: { readonly token: string; readonly jkt: string };
  /** Of the token. */
  readonly issuer: string | null;
}

/** The check of one proof. */
class ProofCheck {
  readonly #given: ProofContext;
  readonly #now: number;

  constructor(given: ProofContext) {
    this.#given = given;
    this.#now = given.context.clock.now();
  }

  run(): Awaitable<ProvedKey | Failure> {
    const { keys, request, bound } = this.#given;
    const proof = parseDpopProof(request.headers, { withToken: bound !== undefined });
    if (proof.kind === 'failure') return proof;
    return after(keys.find(proof.header), (key) => {
      if (key.kind === 'failure') return this.#refuseKey(key);
      const misdirected = findMisdirected(proof, request);
      if (misdirected !== undefined) return misdirected;
      return after(this.#judgeNonce(proof), (age) => (typeof age === 'object' ? age : this.#prove(proof, key, age)));
    });
  }

  /** A private key that was sent is known to whoever saw it. */
  #refuseKey(refused: Failure): Failure {
    if (refused.reason === 'dpop-private-key') {
      const { context, issuer } = this.#given;
      context.alert?.({ reason: 'private-key-sent', issuer });
    }
    return refused;
  }

  #judgeNonce({ claims }: ParsedProof): Awaitable<NonceAge | 'unasked' | Failure> {
    const { nonces } = this.#given.settings;
    if (nonces === undefined) return 'unasked';
    const ask = (reason: 'dpop-nonce-missing' | 'dpop-nonce-invalid'): Awaitable<Failure> =>
      after(this.#nonceHeaders(nonces), (headers) => failure(reason, { headers }));
    if (claims.nonce === undefined) return ask('dpop-nonce-missing');
    return after(nonces.judge(claims.nonce, this.#now), (age) => (age === 'invalid' ? ask('dpop-nonce-invalid') : age));
  }

  #prove(proof: ParsedProof, key: ProofKey, age: NonceAge | 'unasked'): Awaitable<ProvedKey | Failure> {
    const { keys, bound, settings } = this.#given;
    const { iat, ath } = proof.claims;
    const maxAge = age === 'unasked' ? maxAgeSeconds : maxAgeWithNonceSeconds;
    const last = iat + maxAge + settings.clockToleranceSeconds;
    const earliest = iat - (age === 'unasked' ? 0 : maxAge) - settings.clockToleranceSeconds;
    if (this.#now > last || this.#now < earliest) return failure('dpop-proof-stale');
    if (bound !== undefined) {
      if (ath !== crypto.sha256Text(bound.token)) return failure('dpop-token-mismatch');
      if (key.thumbprint !== bound.jkt) return failure('dpop-key-mismatch');
    }
    const signed = key.key.verify(key.algorithm, proof.signature, signingInputOf(proof.text));
    return after(signed, (good) => {
      if (!good) return badSignature;
      keys.remember(proof.header, key);
      return this.#useUp(proof, { thumbprint: key.thumbprint, last, age });
    });
  }

  /** Last, so that only a proof that is good otherwise is remembered: until it would be refused by its time alone. */
  #useUp(
    { claims }: ParsedProof,
    { thumbprint, last, age }: { thumbprint: string; last: number; age: NonceAge | 'unasked' },
  ): Awaitable<ProvedKey | Failure> {
    const { context, settings } = this.#given;
    const { nonces } = settings;
    // It still passes at that very second.
    const until = last + 1;
    return after(context.useOnce({ kind: 'dpop', owner: thumbprint, id: claims.jti, until }), (isNew) => {
      if (!isNew) return replayed;
      if (nonces === undefined || age !== 'ending') return { kind: 'proved', thumbprint, headers: [] };
      return after(this.#nonceHeaders(nonces), (headers) => ({
        kind: 'proved',
        thumbprint,
        headers: [...headers, notStored],
      }));
    });
  }

  /** A script of another origin reads only what is named for it (§8, Fetch §3.3.6). */
  #nonceHeaders(nonces: DpopNonces): Awaitable<HeaderList> {
    const crossOrigin = this.#given.request.headers.getAll('origin').length > 0;
    return after(nonces.current(this.#now), (nonce) => [
      ['dpop-nonce', nonce],
      ...(crossOrigin ? [['access-control-expose-headers', 'DPoP-Nonce, WWW-Authenticate'] as const] : []),
    ]);
  }
}

/** Whether the proof is for another method or another URL than the request (§4.3, 8 and 9). */
function findMisdirected({ claims: { htm, htu } }: ParsedProof, request: AuthRequest): Failure | undefined {
  if (htm !== request.method) return failure('dpop-method-mismatch');
  const { origin } = request.url;
  const path = pathOfTarget(request.target).replace(/[?#].*$/s, '');
  // As most clients write it.
  if (htu === `${origin}${path}`) return undefined;
  return normalizeHttpUri(htu) === `${origin}${normalizePath(path)}` ? undefined : failure('dpop-url-mismatch');
}
