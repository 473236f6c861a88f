import type { NoClaims } from '../../contracts/principal.js';
import type { VerifiedPrincipal } from '../../contracts/scheme.js';
import type { Faults } from '../../errors/faults.js';

/** Whoever has a key, and what they may do with it. */
export interface SignerOptions {
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
}

/** `SignerOptions`, checked. */
export interface Signer {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

export const signerMembers = ['subject', 'scopes', 'roles'] as const satisfies readonly (keyof SignerOptions)[];

const noClaims: NoClaims = Object.freeze({});

/** Adds every fault. */
export function readSigner({ subject, scopes = [], roles = [] }: SignerOptions, faults: Faults): Signer {
  if (typeof subject !== 'string' || subject === '')
    faults.add('subject', 'invalid-option', 'must be text: who signs with this key');
  for (const [name, list] of Object.entries({ scopes, roles })) {
    if (!Array.isArray(list) || !list.every((item) => typeof item === 'string' && item !== ''))
      faults.add(name, 'invalid-option', 'must be a list of texts');
  }
  return { subject, scopes, roles };
}

/**
 * @param credentialId the `keyid`, where there is one
 * @param endsAt of the key, in seconds since the epoch; infinite where it has no end
 */
export function toPrincipal(
  signer: Signer,
  credentialId: string | undefined,
  endsAt: number,
): VerifiedPrincipal<NoClaims> {
  return Object.freeze({
    issuer: null,
    subject: signer.subject,
    ...(credentialId !== undefined && { credentialId }),
    scopes: new Set(signer.scopes),
    roles: new Set(signer.roles),
    claims: noClaims,
    ...(Number.isFinite(endsAt) && { expiresAt: endsAt }),
  });
}
