export { generateApiKey } from './key-format.js';
export { createApiKeyManager, type ApiKeyManager, type ApiKeyManagerOptions, type CreatedApiKey } from './manager.js';
export type { ApiKeyEntry, ApiKeyRights } from './entries.js';
export type { ApiKeyOptions } from './options.js';
export { apiKey, type ApiKeyCredentials, type ApiKeyScheme, type NoClaims } from './verify.js';
