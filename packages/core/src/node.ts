export { jsonLines, type JsonLinesOptions } from './audit/sinks/json-lines.js';
export type { ChainFileOptions } from './audit/sinks/chained-lines.js';
export { addHeaders, groupHeaders, sendAnswer } from './node/answer.js';
export { createNodeBridge, type NodeBridge, type NodeGuard } from './node/bridge.js';
export { combineRequirements, declareGuard, requirementOf, type DeclaredGuard } from './node/declared-guards.js';
export { keepRawBody } from './node/raw-body.js';
export { connectionOf, type RequestView } from './node/request.js';
export {
  serverTls,
  type ClientCertificateMode,
  type ServerTls,
  type ServerTlsOptions,
  type TlsFollower,
  type TlsServerOptions,
} from './node/server-tls.js';
export { createFileSigningKeys, type FileSigningKeysOptions } from './node/signing-key-files.js';
export { watchFile, type WatchedFile, type WatchFileOptions } from './node/watch-file.js';
