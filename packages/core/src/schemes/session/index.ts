export type { SessionOptions } from './options.js';
export type { NewSession, SessionsOf } from './session-record.js';
export { session, type SessionCredentials, type SessionScheme } from './session.js';
