export type { Awaitable } from './contracts/awaitable.js';
export type { Clock, RandomSource } from './contracts/clock.js';
export type { HeaderList } from './contracts/failure.js';
export type { Jwk } from './contracts/key.js';
export type { SigningKey } from './contracts/signer.js';
export { after } from './base/awaitable.js';
export { decodeBase64url } from './base/base64.js';
export { concatBytes } from './base/bytes.js';
export { systemClock } from './base/clock.js';
export { systemRandom } from './base/random.js';
export { Secret } from './base/secret.js';
export { parseJsonObject, type JsonObject } from './base/strict-json.js';
export { formatClientSecretBasic } from './client-authentication/basic.js';
export {
  createDpopKey,
  signDpopProof,
  type DpopKey,
  type DpopKeyOptions,
  type DpopProofOptions,
  type DpopRequest,
} from './confirmation/dpop-sign.js';
export { jwkThumbprint } from './crypto/thumbprint.js';
export { ConfigurationError, isConfigurationError, type Fault } from './errors/configuration-error.js';
export { Faults } from './errors/faults.js';
export { formatChallenge, parseChallenges, type ChallengeParameter, type ParsedChallenge } from './http/challenge.js';
export { metadataUrls } from './keys/discovery.js';
export { createSigningKey, type SigningKeyOptions } from './keys/signing-key.js';
export { formatUserPass } from './schemes/basic/sign.js';
export { signToken, type SignTokenOptions } from './schemes/jwt/sign.js';
export type { CachedToken, TokenCache } from './stores/token-cache.js';
