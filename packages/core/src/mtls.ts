export {
  mtls,
  testSpoofing,
  type CertificateSubject,
  type MtlsCredentials,
  type MtlsOptions,
  type MtlsScheme,
  type PemSource,
  type SpoofingAttempt,
  type SpoofingTest,
  type TextSource,
} from './schemes/mtls/index.js';
