export type {
  AlertsStep,
  Case,
  CaseRequest,
  CodeRow,
  Configuration,
  ControlStep,
  Expectation,
  ExpectedAlert,
  ExpectedControl,
  ExpectedEvent,
  ExpectedPrincipal,
  Host,
  IssuerAnswer,
  IssuerScript,
  IssuerStep,
  Json,
  JsonObject,
  ProofStep,
  RequestedStep,
  RequestStep,
  Step,
} from './case.js';
export { loadCases, loadCodes, loadConfigurations } from './data.js';
export { runSuite, type Result, type SuiteOptions } from './run-server.js';
export type { AuditEvent, Awaitable, ControlAnswer, RefusedStart, RunningServer, Start } from './server.js';
