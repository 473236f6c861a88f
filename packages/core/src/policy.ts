export type {
  PolicyContext,
  PolicyEngine,
  PolicyHost,
  PolicyNote,
  PolicyQuery,
  Resource,
  ResourceOwner,
  Verdict,
} from './contracts/policy.js';
export type { ConditionFunction } from './policy/condition.js';
export type {
  ComparisonData,
  ConditionData,
  Day,
  GrantData,
  PolicyData,
  RoleData,
  RuleData,
  Scalar,
  SubjectName,
} from './policy/data.js';
export { runDecisions, type DecisionResult, type ExpectedDecision, type TablePrincipal } from './policy/decisions.js';
export { toEvaluation, type EvaluationEntity, type EvaluationRequest } from './policy/evaluation.js';
export { matchesFilter, type Filter, type Test } from './policy/filter.js';
export { createPolicy, type Policy, type PolicyOptions } from './policy/policy.js';
export type { PersonReview, PolicyReview, ReviewOptions, RoleReview } from './policy/review.js';
