import type { Awaitable } from '../contracts/awaitable.js';
import type { JsonObject } from '../base/strict-json.js';
import type { JwkSet } from '../contracts/key.js';
import { Faults } from '../errors/faults.js';
import { createStaticKeys, type StaticKeys } from '../keys/static-keys.js';

/** Somebody else whose word about its subjects is taken for a grant (RFC 7523 §2.1). */
export interface AssertionIssuer {
  /** `iss` of its assertions, compared exactly. */
  readonly issuer: string;
  /** Its public keys. */
  readonly jwks: JwkSet;
  /** Who the subject of an assertion is here; null for nobody. */
  readonly subject: (claims: JsonObject) => Awaitable<string | null>;
}

/** As it is kept, by `iss`. */
export type AssertionIssuers = ReadonlyMap<string, Pick<AssertionIssuer, 'subject'> & { readonly keys: StaticKeys }>;

/** Adds every fault to `faults`. */
export function checkAssertionIssuers(issuers: readonly AssertionIssuer[] = [], faults: Faults): AssertionIssuers {
  const byIssuer = new Map<string, Pick<AssertionIssuer, 'subject'> & { readonly keys: StaticKeys }>();
  if (!Array.isArray(issuers)) {
    faults.add('assertionIssuers', 'invalid-option', 'must be a list: [{ issuer, jwks, subject: (claims) => … }]');
    return byIssuer;
  }
  for (const [index, entry] of (issuers as readonly AssertionIssuer[]).entries())
    faults.within(`assertionIssuers[${index}]`, () => {
      const found = new Faults();
      found.addUnknown(entry, ['issuer', 'jwks', 'subject']);
      const { issuer, jwks, subject } = entry;
      if (typeof issuer !== 'string' || issuer === '')
        found.add('issuer', 'issuer-required', 'must be the iss of its assertions');
      else if (byIssuer.has(issuer)) found.add('issuer', 'duplicate-issuer', 'stands twice');
      if (typeof subject !== 'function')
        found.add('subject', 'invalid-option', 'must be a function: its subjects are not ours by themselves');
      const keys = found.within('', () => createStaticKeys(jwks));
      found.throwIfAny();
      byIssuer.set(issuer, { subject, keys: keys! });
    });
  return byIssuer;
}
