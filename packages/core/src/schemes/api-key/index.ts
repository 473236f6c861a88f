export { generateApiKey } from './key-format.js';
export {
  createApiKeyManager,
  type ApiKeyManager,
  type ApiKeyManagerOptions,
  type CreatedApiKey,
  type NewApiKey,
} from './manager.js';
export type { ApiKeyEntry, ApiKeyOptions } from './options.js';
export { apiKey, type ApiKeyCredentials, type ApiKeyScheme, type NoClaims } from './verify.js';
