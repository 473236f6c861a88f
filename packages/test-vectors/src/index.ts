export type {
  CallCase,
  CallCaseStep,
  CallStep,
  ExpectedCall,
  PostedStep,
  SignStep,
  TokenRecipe,
} from './calls/case.js';
export { runCalls, type Call, type CallAnswer, type CallResult, type CallSuiteOptions } from './calls/run-calls.js';
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
export type {
  ClientCallStep,
  CaseCall,
  ClientCase,
  ClientStep,
  ExpectedOutcome,
  Rule,
  ScriptedAnswer,
  ServerName,
  WantedRequest,
  WantedRequests,
} from './client/client-case.js';
export type { ClientAnswer, ClientCall, RunningClient, StartClient } from './client/client.js';
export { runClientSuite, type ClientResult, type ClientSuiteOptions } from './client/run-client.js';
export { loadCallCases, loadCases, loadClientCases, loadCodes, loadConfigurations } from './data.js';
export { runSuite, type Result, type SuiteOptions } from './run-server.js';
export type { AuditEvent, Awaitable, ControlAnswer, RefusedStart, RunningServer, Start } from './server.js';
