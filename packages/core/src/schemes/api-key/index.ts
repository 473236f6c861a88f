export type { ApiKeyEntry, ApiKeyRights, ApiKeyRightsChange } from './entries.js';
export type { ApiKeyCredentials } from './extract.js';
export type { Rights } from './handler-options.js';
export { createApiKeyHandlers, type ApiKeyHandlersOptions } from './handlers.js';
export { generateApiKey } from './key-format.js';
export {
  createApiKeyManager,
  type ApiKeyListQuery,
  type ApiKeyManager,
  type ApiKeyManagerOptions,
  type CreatedApiKey,
} from './manager.js';
export type { ApiKeyLocation, ApiKeyOptions } from './options.js';
export { apiKey, type ApiKeyScheme } from './verify.js';
