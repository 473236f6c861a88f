import { decodeBase64 } from '../../base/base64.js';
import { fromUtf8 } from '../../base/bytes.js';
import type { JsonObject } from '../../base/strict-json.js';
import type { JwkSet, KeySource } from '../../contracts/key.js';
import { asymmetricAlgorithms, findAlgorithm, isSymmetric } from '../../crypto/algorithms.js';
import { Faults } from '../../errors/faults.js';
import type { AccessTokenParameter } from '../../http/bearer.js';
import { isQuotable } from '../../http/challenge.js';
import { createSecretKey, createStaticKeys } from '../../keys/static-keys.js';
import type { ClaimRules, TokenProfile } from './claims.js';

/** Options of `jwt()`. Exactly one of `jwks` and `secretBase64`. */
export interface JwtOptions<Claims extends object = JsonObject> {
  /** `iss`, compared code point by code point (RFC 8725 §3.8). */
  readonly issuer: string;
  /** This API's identifier or identifiers; a token must name one in `aud` (RFC 8725 §3.9). */
  readonly audience: string | readonly string[];
  /** The issuer's public keys (RFC 7517 §5), written out. */
  readonly jwks?: JwkSet;
  /** A shared secret for HS256, HS384 or HS512: base64 with padding, at least as long as the digest (RFC 7518 §3.2). */
  readonly secretBase64?: string;
  /** Accepted `alg` values. Default: every asymmetric one for `jwks`, HS256 for `secretBase64`. */
  readonly algorithms?: readonly string[];
  /** Default `generic`. */
  readonly profile?: TokenProfile;
  /** Seconds, 0 to 300; default 5. */
  readonly clockToleranceSeconds?: number;
  /** Longest accepted time from `iat` to `exp`, in seconds; default 3600. */
  readonly maxLifetimeSeconds?: number;
  /** Longest accepted time since `iat`, in seconds; unset means that the lifetime alone decides. */
  readonly maxTokenAgeSeconds?: number;
  /** Default `refuse`. */
  readonly accessTokenParameter?: AccessTokenParameter;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
  /** Gives the claims of a verified token their type: what it answers is `principal.claims`. Default: the whole payload. */
  readonly claims?: (claims: JsonObject) => Claims;
}

/** Options of `jwt()`, checked and filled in. */
export interface JwtSettings extends ClaimRules {
  readonly issuer: string;
  readonly algorithms: readonly string[];
  readonly keys: KeySource;
  readonly accessTokenParameter: AccessTokenParameter;
  readonly realm: string | undefined;
}

const known = [
  'issuer', 'audience', 'jwks', 'secretBase64', 'algorithms', 'profile', 'clockToleranceSeconds', 'maxLifetimeSeconds',
  'maxTokenAgeSeconds', 'accessTokenParameter', 'realm', 'claims',
] as const; // prettier-ignore

const maxToleranceSeconds = 300;

/** @throws ConfigurationError with every fault of the options. */
export function checkJwtOptions(options: JwtOptions<object>): JwtSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { issuer, profile = 'generic', accessTokenParameter = 'refuse', realm } = options;
  if (typeof issuer !== 'string' || issuer === '')
    faults.add('issuer', 'issuer-required', 'is missing: write the issuer exactly as its tokens name it in iss');
  const audience = checkAudience(options.audience, faults);
  const algorithms = checkAlgorithms(options, faults);
  const keys = checkKeys(options, algorithms, faults);
  if (profile !== 'generic' && profile !== 'rfc9068')
    faults.add('profile', 'invalid-option', 'must be "generic" or "rfc9068"');
  if (accessTokenParameter !== 'refuse' && accessTokenParameter !== 'ignore') {
    faults.add('accessTokenParameter', 'invalid-option', 'must be "refuse" or "ignore"');
  }
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  if (options.claims !== undefined && typeof options.claims !== 'function')
    faults.add('claims', 'invalid-option', 'must be a function');
  const times = checkTimes(options, faults);
  faults.throwIfAny();
  return { issuer, audience, algorithms, keys: keys!, profile, accessTokenParameter, realm, ...times };
}

function checkAudience(value: unknown, faults: Faults): readonly string[] {
  const audience: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (audience.length === 0 || !audience.every((item) => typeof item === 'string' && item !== '')) {
    faults.add(
      'audience',
      'audience-required',
      'is missing: write the identifier of this API that its tokens name in aud',
    );
  }
  return audience as readonly string[];
}

function checkAlgorithms(options: JwtOptions<object>, faults: Faults): readonly string[] {
  const symmetric = options.secretBase64 !== undefined;
  const algorithms: unknown = options.algorithms ?? (symmetric ? ['HS256'] : asymmetricAlgorithms);
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    faults.add(
      'algorithms',
      'invalid-option',
      'must be a list with at least one algorithm, such as ["RS256", "ES256"]',
    );
    return [];
  }
  for (const name of algorithms as readonly unknown[]) {
    if (typeof name !== 'string' || findAlgorithm(name) === undefined) {
      faults.add(
        'algorithms',
        'unknown-algorithm',
        `has ${JSON.stringify(name)}, which is none of ${asymmetricAlgorithms.join(', ')}, HS256, HS384, HS512`,
      );
      return [];
    }
  }
  const names = algorithms as readonly string[];
  // RFC 8725 §3.1: one key source, one family; else a public key may serve as a secret.
  if (names.some((name) => isSymmetric(name) !== symmetric)) {
    faults.add(
      'algorithms',
      'mixed-algorithm-families',
      symmetric
        ? 'must list HS256, HS384 or HS512 alone beside secretBase64; give public keys a scheme of their own'
        : 'must not list HS256, HS384 or HS512 beside public keys; give a shared secret a scheme of its own',
    );
  }
  return Object.freeze([...names]);
}

function checkKeys(options: JwtOptions<object>, algorithms: readonly string[], faults: Faults): KeySource | undefined {
  const { jwks, secretBase64 } = options;
  if ((jwks === undefined) === (secretBase64 === undefined)) {
    faults.add('jwks', 'keys-required', 'write exactly one of jwks (public keys) and secretBase64 (a shared secret)');
    return undefined;
  }
  if (jwks !== undefined) return faults.within('', () => createStaticKeys(jwks));
  const secret = typeof secretBase64 === 'string' ? decodeBase64(secretBase64) : undefined;
  if (secret === undefined) {
    faults.add('secretBase64', 'malformed-secret', 'must be base64 with its padding (RFC 4648 §4)');
    return undefined;
  }
  const digestBytes = Math.max(...algorithms.map((name) => findAlgorithm(name)?.signatureLength ?? 0));
  if (looksLikePublicKey(secret)) {
    faults.add(
      'secretBase64',
      'public-key-as-secret',
      'is a public key, which is no secret; write it under jwks with its own algorithms',
    );
  } else if (secret.length < Math.max(32, digestBytes) || isExampleSecret(secret)) {
    faults.add(
      'secretBase64',
      'weak-secret',
      `must be at least ${Math.max(32, digestBytes)} random bytes (RFC 7518 §3.2); make one with: openssl rand -base64 ${Math.max(32, digestBytes)}`,
    );
  } else {
    return createSecretKey(secret);
  }
  return undefined;
}

/** PEM, JWK or JWK Set text, an OpenSSH key, or DER (a SEQUENCE that is as long as it says). */
function looksLikePublicKey(secret: Uint8Array): boolean {
  const text = fromUtf8(secret)?.trim() ?? '';
  if (/-----BEGIN |^(?:ssh-|ecdsa-sha2-)/.test(text)) return true;
  if (/^[[{]/.test(text) && /"(?:kty|keys)"/.test(text)) return true;
  if (secret[0] !== 0x30 || secret.length < 32) return false;
  const long = secret[1]! & 0x7f;
  if (secret[1]! < 0x80) return secret.length === 2 + secret[1]!;
  return (
    long > 0 &&
    long <= 3 &&
    secret.length === 2 + long + secret.subarray(2, 2 + long).reduce((length, byte) => length * 256 + byte, 0)
  );
}

// Secrets that stand in documents and on web pages: whoever copied one has none.
const exampleSecrets: ReadonlySet<string> = new Set([
  'a-string-secret-at-least-256-bits-long',
  'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long',
  'your-256-bit-secret-your-256-bit-secret',
  'your-super-secret-jwt-token-with-at-least-32-characters-long',
  'super-secret-jwt-token-with-at-least-32-characters-long',
]);

function isExampleSecret(secret: Uint8Array): boolean {
  return new Set(secret).size < 8 || exampleSecrets.has(fromUtf8(secret) ?? '');
}

function checkTimes(
  options: JwtOptions<object>,
  faults: Faults,
): Pick<ClaimRules, 'clockToleranceSeconds' | 'maxLifetimeSeconds' | 'maxTokenAgeSeconds'> {
  const { clockToleranceSeconds = 5, maxLifetimeSeconds = 3600, maxTokenAgeSeconds } = options;
  if (!(clockToleranceSeconds >= 0))
    faults.add(
      'clockToleranceSeconds',
      'invalid-option',
      `must be a number of seconds from 0 to ${maxToleranceSeconds}`,
    );
  if (clockToleranceSeconds > maxToleranceSeconds) {
    faults.add(
      'clockToleranceSeconds',
      'tolerance-too-large',
      `must be at most ${maxToleranceSeconds} seconds; a clock that is further off needs mending`,
    );
  }
  if (!(maxLifetimeSeconds > 0))
    faults.add('maxLifetimeSeconds', 'invalid-option', 'must be a positive number of seconds');
  if (maxTokenAgeSeconds !== undefined && !(maxTokenAgeSeconds > 0))
    faults.add('maxTokenAgeSeconds', 'invalid-option', 'must be a positive number of seconds');
  return { clockToleranceSeconds, maxLifetimeSeconds, maxTokenAgeSeconds };
}
