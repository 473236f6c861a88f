import { createDpopConfirmer } from '../../confirmation/dpop.js';
import { checkNonces, type NonceOptions } from '../../confirmation/nonce-options.js';
import { certificateConfirmer } from '../../confirmation/certificate.js';
import type { ConfirmationMode, Confirmer } from '../../contracts/scheme.js';
import type { Faults } from '../../errors/faults.js';

/** Tokens that are worth nothing without a key of whoever they were issued to (RFC 9449, RFC 8705 §3). */
export interface SenderConstraintOptions extends NonceOptions {
  /** Tokens that are bound to a key of the client (DPoP, RFC 9449). Default `off`: such a token is refused. */
  readonly dpop?: ConfirmationMode;
  /** Tokens that are bound to a client certificate (RFC 8705 §3). Default `off`: such a token is refused. */
  readonly certificateBound?: ConfirmationMode;
}

export const senderConstraintMembers = [
  'dpop', 'dpopNonce', 'dpopNonceSecretBase64', 'certificateBound',
] as const satisfies readonly (keyof SenderConstraintOptions)[]; // prettier-ignore

/** What a scheme states of bindings: how it takes each, and what confirms it. One confirmer for each member that is not off. */
export interface SenderConstraint {
  readonly confirmation: Readonly<Record<'jkt' | 'x5t#S256', ConfirmationMode>>;
  readonly confirmers: readonly Confirmer[];
}

const modes: ReadonlySet<unknown> = new Set(['off', 'allow', 'require']);

/**
 * Adds every fault to `faults`.
 * @param clockToleranceSeconds how far the clock of a client may be off; faults of it are another's
 */
export function checkSenderConstraint(
  options: SenderConstraintOptions,
  clockToleranceSeconds: number,
  faults: Faults,
): SenderConstraint {
  const { dpop = 'off', certificateBound = 'off' } = options;
  for (const [name, mode] of Object.entries({ dpop, certificateBound }))
    if (!modes.has(mode)) faults.add(name, 'invalid-option', 'must be "off", "allow" or "require"');
  const { dpopNonce } = options;
  if (dpopNonce === 'require' && dpop === 'off')
    faults.add('dpopNonce', 'contradicting-options', 'is for proofs, which are off: write dpop: "allow" or "require"');
  const nonces = checkNonces(options, faults);
  const confirmers: Confirmer[] = [];
  if (dpop !== 'off') confirmers.push(createDpopConfirmer({ clockToleranceSeconds, nonces }));
  if (certificateBound !== 'off') confirmers.push(certificateConfirmer);
  return Object.freeze({
    confirmation: Object.freeze({ jkt: dpop, 'x5t#S256': certificateBound }),
    confirmers: Object.freeze(confirmers),
  });
}
