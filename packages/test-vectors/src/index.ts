export type {
  Case,
  CaseRequest,
  CodeRow,
  Configuration,
  Expectation,
  ExpectedEvent,
  ExpectedPrincipal,
  Host,
  Json,
  JsonObject,
  Step,
} from './case.js';
export { loadCases, loadCodes, loadConfigurations, loadWaitingCases } from './data.js';
export { runSuite, type Result, type SuiteOptions } from './run-server.js';
export type { AuditEvent, Awaitable, RefusedStart, RunningServer, Start } from './server.js';
