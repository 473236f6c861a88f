import { crypto } from '#crypto';

import { after } from '../../base/awaitable.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import { keyMade } from './algorithms.js';
import { isSignatureAlgorithm, type Certificate, type Signed } from './certificate.js';
import { constrainedNames, isPermitted } from './name-constraints.js';

/** Why there is no chain, from the least to the most telling. */
const faults = ['certificate-untrusted', 'certificate-usage', 'certificate-weak', 'certificate-expired'] as const;
export type ChainFault = (typeof faults)[number];

/** A chain from the leaf to an anchor, whose signatures are verified. */
export type Chain = readonly Certificate[];

/** What chains are made of. */
export interface ChainSearch {
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  /** Longest chain, leaf and anchor with it. */
  readonly maxLength: number;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Of a key that every certificate of the chain must permit, where it says what it permits. */
  readonly usage: string;
}

interface Search extends ChainSearch {
  /** Signatures that may still be verified: whoever sends certificates that all have one name must not buy work with them. */
  budget: number;
}

const maxSignatures = 16;
const anyUsage = '2.5.29.37.0';
const keyCertSign = 1 << 5;

/**
 * Finds a chain of trust (RFC 5280 §6.1): from the leaf over any of the certificates that came with it to an anchor.
 * Checks, of each certificate: the signature of its issuer; dates; algorithms and keys; that no critical extension is unknown; of those
 * that issue: authority, key usage, path length, name constraints on all below; extended key usage of all. Anchors are held to what
 * they say of themselves too.
 * Does not check: revocation, policies; what the leaf may be used for.
 */
export function findChain(leaf: Certificate, search: ChainSearch): Awaitable<Chain | ChainFault> {
  return extend([leaf], { ...search, budget: maxSignatures });
}

function extend(chain: Chain, search: Search): Awaitable<Chain | ChainFault> {
  const last = chain.at(-1)!;
  const broken = findFault(chain, search);
  if (broken !== undefined) return broken;
  if (search.anchors.some(({ thumbprint }) => thumbprint === last.thumbprint)) return chain;
  if (chain.length === search.maxLength) return 'certificate-untrusted';
  const candidates = [...search.anchors, ...search.intermediates].filter(
    (candidate) =>
      candidate.subject.key === last.issuer.key && !chain.some(({ thumbprint }) => thumbprint === candidate.thumbprint),
  );
  if (!isSignatureAlgorithm(last.algorithm))
    return last.algorithm === 'weak' && candidates.length > 0 ? 'certificate-weak' : 'certificate-untrusted';
  return candidates.reduce<Awaitable<Chain | ChainFault>>(
    (before, candidate) =>
      after(before, (found) =>
        typeof found !== 'string' ? found : after(attempt(chain, candidate, search), (next) => better(found, next)),
      ),
    'certificate-untrusted',
  );
}

function attempt(chain: Chain, candidate: Certificate, search: Search): Awaitable<Chain | ChainFault> {
  if (candidate.key.kind === undefined) return 'certificate-weak';
  if (search.budget-- <= 0) return 'certificate-untrusted';
  return after(isSignedBy(chain.at(-1)!, candidate), (signed) =>
    signed ? extend([...chain, candidate], search) : 'certificate-untrusted',
  );
}

function better(a: ChainFault, b: Chain | ChainFault): Chain | ChainFault {
  return typeof b === 'string' && faults.indexOf(b) < faults.indexOf(a) ? a : b;
}

/** What is wrong with the last certificate of a chain, where it stands. */
function findFault(chain: Chain, { now, usage }: Search): ChainFault | undefined {
  const certificate = chain.at(-1)!;
  const below = chain.slice(0, -1);
  const { extensions, key } = certificate;
  if (extensions.notUnderstood === true) return 'certificate-untrusted';
  if (key.kind === undefined) return 'certificate-weak';
  if (extensions.authority !== true && claimsAuthority(certificate)) return 'certificate-untrusted';
  if (below.length > 0 && !mayIssue(certificate, below)) return 'certificate-untrusted';
  if (!isCurrent(certificate, now)) return 'certificate-expired';
  const { extendedKeyUsage: usages } = extensions;
  return usages === undefined || usages.includes(usage) || usages.includes(anyUsage) ? undefined : 'certificate-usage';
}

export const isCurrent = ({ notBefore, notAfter }: Certificate, now: number): boolean =>
  // To the end of the second (RFC 5280 §4.1.2.5).
  notBefore <= now && now < notAfter + 1;

/** RFC 5280 §4.2.1.3, §4.2.1.10: what only an authority may have. */
const claimsAuthority = ({ extensions: { keyUsage = 0, nameConstraints } }: Certificate): boolean =>
  nameConstraints !== undefined || (keyUsage & keyCertSign) !== 0;

function mayIssue({ extensions }: Certificate, below: Chain): boolean {
  const { authority, pathLength = Infinity, keyUsage = keyCertSign, nameConstraints } = extensions;
  // §6.1.4 (k) to (n)
  if (authority !== true || (keyUsage & keyCertSign) === 0) return false;
  // Those that issued themselves anew do not count; the leaf is no intermediate.
  if (below.slice(1).filter((each) => !isSelfIssued(each)).length > pathLength) return false;
  return (
    nameConstraints === undefined ||
    below.every(
      (each, index) =>
        (index > 0 && isSelfIssued(each)) ||
        isPermitted(constrainedNames(each.subject, each.extensions.subjectNames), nameConstraints),
    )
  );
}

export const isSelfIssued = ({ issuer, subject }: Certificate): boolean => issuer.key === subject.key;

/** Whether the key of a certificate made a signature. */
export function isSignedBy({ tbs, algorithm, signature }: Signed, { key }: Certificate): Awaitable<boolean> {
  if (!isSignatureAlgorithm(algorithm) || !keyMade(key, algorithm)) return false;
  return crypto.verifySigned({ spki: key.spki, algorithm, signature, data: tbs });
}
