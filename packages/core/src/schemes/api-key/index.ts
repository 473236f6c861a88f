export { generateApiKey } from './key-format.js';
export type { ApiKeyEntry, ApiKeyOptions } from './options.js';
export { apiKey, type ApiKeyCredentials, type ApiKeyScheme, type NoClaims } from './verify.js';
