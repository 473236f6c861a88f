export type { Awaitable } from './contracts/awaitable.js';
export type { Clock, RandomSource } from './contracts/clock.js';
export type { HeaderList } from './contracts/failure.js';
export type { Jwk } from './contracts/key.js';
export type { SigningKey } from './contracts/signer.js';
export { after } from './base/awaitable.js';
export { decodeBase64, decodeBase64url } from './base/base64.js';
export { concatBytes } from './base/bytes.js';
export { systemClock } from './base/clock.js';
export { orAbort } from './base/or-abort.js';
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
export { createSealer, type Sealer, type SealerOptions } from './crypto/seal.js';
export { jwkThumbprint } from './crypto/thumbprint.js';
export { ConfigurationError, isConfigurationError, type Fault } from './errors/configuration-error.js';
export { Faults } from './errors/faults.js';
export { formatContentDigest, verifyContentDigest, type DigestAlgorithm } from './http/content-digest.js';
export { readBoundedBody } from './http/bounded-body.js';
export { formatChallenge, parseChallenges, type ChallengeParameter, type ParsedChallenge } from './http/challenge.js';
export { metadataUrls } from './http/issuer-metadata.js';
export { readSealingSecrets, type SealingSecrets } from './keys/sealing-secrets.js';
export { findInMetadata } from './http/issuer-metadata.js';
export { createSigningKey, type SigningKeyOptions } from './keys/signing-key.js';
export { formatUserPass } from './schemes/basic/sign.js';
export {
  formatAcceptSignature,
  parseAcceptSignature,
  type RequestedSignature,
} from './message-signatures/accept-signature.js';
export { type SignatureAlgorithm } from './message-signatures/algorithms.js';
export type { Component } from './message-signatures/components.js';
export type { FieldTypes } from './message-signatures/field-types.js';
export type { OutgoingRequest, OutgoingResponse, RequestMessage } from './message-signatures/message.js';
export {
  createMessageSigner,
  signMessage,
  type MessageSigner,
  type MessageSignerOptions,
  type SignMessageOptions,
} from './message-signatures/sign.js';
export type { SignatureParameters } from './message-signatures/signature-fields.js';
export {
  createMessageSigningKey,
  type MessageSigningKey,
  type MessageSigningKeyOptions,
} from './message-signatures/signing-key.js';
export {
  createMessageVerifier,
  type MessageVerifier,
  type MessageVerifierOptions,
  type VerifiedMessage,
} from './message-signatures/verify-message.js';
export { type SignatureKeyOptions } from './message-signatures/verification-key.js';
export {
  createSigV4Signer,
  type SigV4Request,
  type SigV4Signer,
  type SigV4SignerOptions,
} from './schemes/hmac/profiles/aws-sigv4/sign.js';
export type { WebhookProfileName } from './schemes/hmac/profiles/webhook/formats.js';
export {
  createWebhookSigner,
  type WebhookMessage,
  type WebhookSigner,
  type WebhookSignerOptions,
} from './schemes/hmac/profiles/webhook/sign.js';
export { signToken, type SignTokenOptions } from './schemes/jwt/sign.js';
export { formatCachedToken, readCachedToken } from './stores/cached-token.js';
export type { CachedToken, TokenCache } from './stores/token-cache.js';
