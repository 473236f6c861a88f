export type { MtlsOptions } from './options.js';
export type { PemSource, TextSource } from './pem.js';
export type { CertificateSubject } from './subjects.js';
export { mtls, type MtlsCredentials, type MtlsScheme } from './verify.js';
export { testSpoofing, type SpoofingAttempt, type SpoofingTest } from './spoofing.js';
