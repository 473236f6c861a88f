export type { SignedRequestCredentials } from './extract.js';
export { httpSignature, type HttpSignatureScheme } from './http-signature.js';
export type { HttpSignatureKey, HttpSignatureOptions, NonceMode, SignedRequestOptions } from './options.js';
export type { ResponseSignatureOptions } from './responses.js';
export type { SignerOptions } from './signer.js';
