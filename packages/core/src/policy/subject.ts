import type { ResourceOwner } from '../contracts/policy.js';
import type { Principal } from '../contracts/principal.js';
import type { Truth } from './filter.js';

type Named = Pick<Principal, 'issuer' | 'subject'>;

/** Issuers whose subjects are known by the subject alone. */
export interface OwnIssuers {
  has(issuer: string): boolean;
}

export const isOwn = ({ issuer }: Named, own: OwnIssuers): boolean => issuer === null || own.has(issuer);

/** Whether a principal is the one that is named: by the subject alone where it is ours, else by issuer and subject. */
export function isNamed(principal: Named, name: ResourceOwner, own: OwnIssuers): Truth {
  const { issuer, subject } = typeof name === 'string' ? { issuer: null, subject: name } : name;
  if (subject !== principal.subject) return false;
  if (issuer !== null) return issuer === principal.issuer;
  // Of one issuer among many a subject says nothing by itself.
  return isOwn(principal, own) ? true : undefined;
}

/** What a subject stands under in an index: no text that a subject may be is the key of another issuer's. */
export const keyOfSubject = (name: ResourceOwner): string =>
  typeof name === 'string' ? ownKey(name) : exactKey(name.issuer, name.subject);

const ownKey = (subject: string): string => `=${subject}`;
const exactKey = (issuer: string | null, subject: string): string => JSON.stringify([issuer, subject]);

/** What a principal is looked up by. */
export function keysOfPrincipal(principal: Named, own: OwnIssuers): readonly string[] {
  const exact = exactKey(principal.issuer, principal.subject);
  return isOwn(principal, own) ? [ownKey(principal.subject), exact] : [exact];
}
