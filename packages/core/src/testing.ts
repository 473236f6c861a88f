export { describePass, type Pass } from './testing/describe-pass.js';
export {
  readConfig,
  type BodyParser,
  type Config,
  type ConfigResult,
  type ConfiguredRoute,
} from './testing/read-config.js';
export { createOffsetClock, createTestClock, type TestClock } from './testing/test-clock.js';
