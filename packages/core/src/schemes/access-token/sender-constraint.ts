import type { ConfirmationMode, Confirmer } from '../../contracts/scheme.js';
import type { Faults } from '../../errors/faults.js';

/** Tokens that are worth nothing without a key of whoever they were issued to (RFC 9449, RFC 8705 §3). */
export interface SenderConstraintOptions {
  /** Tokens that are bound to a key of the client (DPoP, RFC 9449). Default `off`: such a token is refused. */
  readonly dpop?: ConfirmationMode;
  /** `require`: a proof must hold a nonce of this server (RFC 9449 §9). Default `off`. */
  readonly dpopNonce?: 'off' | 'require';
  /**
   * What nonces are made with, the same in all processes that serve one API: base64 with padding, of 32 bytes or more. Default:
   * random, for this process alone.
   */
  readonly dpopNonceSecretBase64?: string;
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

/** Adds every fault to `faults`. */
export function checkSenderConstraint(options: SenderConstraintOptions, faults: Faults): SenderConstraint {
  const { dpop = 'off', certificateBound = 'off' } = options;
  for (const [name, mode] of Object.entries({ dpop, certificateBound }))
    if (!modes.has(mode)) faults.add(name, 'invalid-option', 'must be "off", "allow" or "require"');
  return Object.freeze({
    confirmation: Object.freeze({ jkt: dpop, 'x5t#S256': certificateBound }),
    confirmers: Object.freeze([]),
  });
}
