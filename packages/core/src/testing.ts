export { createHelperCaller, type HelperAnswer, type HelperCaller } from './testing/call-helper.js';
export { describePass, type Pass } from './testing/describe-pass.js';
export { readConfig, type BodyParser, type Config, type ConfigResult } from './testing/read-config.js';
export type { ConfiguredIssuer } from './testing/read-issuer.js';
export type { ConfiguredHandlers } from './testing/read-key-management.js';
export type { ConfiguredRoute } from './testing/read-routes.js';
export type {
  ApiKeysOfScheme,
  OpenStores,
  PasswordsOfScheme,
  StoreHooks,
  StoreName,
  StoreOpener,
  StorePlace,
  StorePlaces,
} from './testing/read-stores.js';
export { createOffsetClock, createTestClock, type TestClock } from './testing/test-clock.js';
export type { ContractCase, MakeStore } from './testing/stores/contract.js';
export { apiKeyStoreContract, passwordStoreContract } from './testing/stores/credentials.js';
export { rateLimitStoreContract } from './testing/stores/rate-limits.js';
export { replayStoreContract } from './testing/stores/replay.js';
export { revocationStoreContract, sessionStoreContract } from './testing/stores/revocation.js';
export { signingKeyStoreContract, tokenCacheContract, tokenStoreContract } from './testing/stores/tokens.js';
