export { createHelperCaller, type HelperAnswer, type HelperCaller } from './testing/call-helper.js';
export { describePass, type Pass } from './testing/describe-pass.js';
export { readConfig, type BodyParser, type Config, type ConfigResult } from './testing/read-config.js';
export type { ConfiguredIssuer } from './testing/read-issuer.js';
export type { ConfiguredHandlers } from './testing/read-key-management.js';
export type { ConfiguredRoute } from './testing/read-routes.js';
export type { StoreHooks } from './testing/read-schemes.js';
export { createOffsetClock, createTestClock, type TestClock } from './testing/test-clock.js';
