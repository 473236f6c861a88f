export { createFileTokens, type FileTokensOptions } from './tokens/file/file-tokens.js';
