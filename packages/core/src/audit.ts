export {
  createAuditChain,
  hashAuditLine,
  type AuditChain,
  type AuditChainOptions,
  type CheckpointPlace,
} from './audit/chain.js';
export {
  verifyAuditChain,
  type AuditChainFault,
  type AuditChainVerdict,
  type VerifyAuditChainOptions,
} from './audit/verify-chain.js';
