import { decodeBase64 } from '../../base/base64.js';
import { systemRandom } from '../../base/random.js';
import { createDpopConfirmer } from '../../confirmation/dpop.js';
import { DpopNonces } from '../../confirmation/dpop-nonce.js';
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

const nonceSecretBytes = 32;

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
  const nonces = checkNonces(options, faults);
  const confirmers: Confirmer[] = [];
  if (dpop !== 'off') confirmers.push(createDpopConfirmer({ clockToleranceSeconds, nonces }));
  return Object.freeze({
    confirmation: Object.freeze({ jkt: dpop, 'x5t#S256': certificateBound }),
    confirmers: Object.freeze(confirmers),
  });
}

/** What proofs must hold a nonce of; undefined where they need none. */
function checkNonces(options: SenderConstraintOptions, faults: Faults): DpopNonces | undefined {
  const { dpop = 'off', dpopNonce = 'off', dpopNonceSecretBase64: secretBase64 } = options;
  if (dpopNonce !== 'off' && dpopNonce !== 'require')
    faults.add('dpopNonce', 'invalid-option', 'must be "off" or "require"');
  else if (dpopNonce === 'require' && dpop === 'off')
    faults.add('dpopNonce', 'contradicting-options', 'is for proofs, which are off: write dpop: "allow" or "require"');
  else if (dpopNonce === 'off' && secretBase64 !== undefined)
    faults.add('dpopNonceSecretBase64', 'contradicting-options', 'is for nonces: write dpopNonce: "require" beside it');
  const secret = secretBase64 === undefined ? systemRandom(nonceSecretBytes) : readNonceSecret(secretBase64, faults);
  return dpopNonce === 'require' && secret !== undefined ? new DpopNonces(secret) : undefined;
}

function readNonceSecret(secretBase64: unknown, faults: Faults): Uint8Array | undefined {
  const secret = typeof secretBase64 === 'string' ? decodeBase64(secretBase64) : undefined;
  if (secret === undefined) {
    faults.add('dpopNonceSecretBase64', 'malformed-secret', 'must be base64 with its padding (RFC 4648 §4)');
  } else if (secret.length < nonceSecretBytes || new Set(secret).size < 8) {
    faults.add(
      'dpopNonceSecretBase64',
      'weak-secret',
      `must be at least ${nonceSecretBytes} random bytes; make them with: openssl rand -base64 ${nonceSecretBytes}`,
    );
    return undefined;
  }
  return secret;
}
