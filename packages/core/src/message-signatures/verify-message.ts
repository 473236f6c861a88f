import { after } from '../base/awaitable.js';
import { systemClock } from '../base/clock.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock } from '../contracts/clock.js';
import type { Failure } from '../contracts/failure.js';
import { Faults } from '../errors/faults.js';
import { failure } from '../errors/failures.js';
import { judgeContent } from './covered-content.js';
import { readCoverage } from './coverage.js';
import type { FieldTypes } from './field-types.js';
import { toMessage, type Message, type OutgoingRequest, type OutgoingResponse } from './message.js';
import { parseSignatures, type ParsedSignature } from './signature-fields.js';
import {
  readSignatureKey,
  signatureKeyMembers,
  type SignatureKey,
  type SignatureKeyOptions,
} from './verification-key.js';
import { verifySignature, type SignaturePolicy, type VerifiedSignature } from './verify-signature.js';

/** Options of `createMessageVerifier`. */
export interface MessageVerifierOptions {
  readonly keys: readonly SignatureKeyOptions[];
  /** What a signature must cover: `@status`, `content-digest`, `@method;req`. `content-digest` counts where there is content. */
  readonly required: readonly string[];
  /** Longest time since `created`, in seconds; default 300. */
  readonly maxAgeSeconds?: number;
  /** By how much clocks may differ, in seconds; default 5. */
  readonly clockToleranceSeconds?: number;
  readonly tag?: string;
  readonly fieldTypes?: FieldTypes;
  readonly clock?: Pick<Clock, 'now'>;
}

/** Whose signatures hold. */
export interface VerifiedMessage {
  readonly kind: 'verified';
  readonly signatures: readonly { readonly label: string; readonly keyid: string }[];
}

/** Verifies messages that were received: responses, where somebody signs them. */
export interface MessageVerifier {
  /** @param content the bytes as received; left out: none */
  verify(message: OutgoingRequest | OutgoingResponse, content?: Uint8Array): Awaitable<VerifiedMessage | Failure>;
}

const known = ['keys', 'required', 'maxAgeSeconds', 'clockToleranceSeconds', 'tag', 'fieldTypes', 'clock'];

/**
 * Makes a verifier of messages, such as the responses to a client (RFC 9421 §3.2, §2.4). For requests to a server there is
 * `httpSignature()`, which is told of nonces and owners as well.
 *
 * Checks: as `httpSignature()`, that every signature by a key that is known is good, young, and covers what it must, that there is
 * one, and that the content is that of `Content-Digest`.
 * Does not check: whether the message was received before.
 * @throws ConfigurationError with every fault of the options; none shows a secret.
 * @example
 * const verifier = createMessageVerifier({ keys: [{ keyid, alg: 'ed25519', publicKeyPem }], required: ['@status', 'content-digest', '@method;req'] });
 * const verdict = await verifier.verify({ status, headers, request }, content);
 */
export function createMessageVerifier(options: MessageVerifierOptions): MessageVerifier {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { maxAgeSeconds = 300, clockToleranceSeconds = 5, tag, fieldTypes = {}, clock = systemClock } = options;
  for (const [name, seconds] of Object.entries({ maxAgeSeconds, clockToleranceSeconds })) {
    if (!Number.isFinite(seconds) || seconds < 0) faults.add(name, 'invalid-option', 'must be a number of seconds');
  }
  const coverage = readCoverage(options.required, faults);
  const keys = readKeys(options.keys, faults);
  faults.throwIfAny();
  const policy: SignaturePolicy = { coverage, maxAgeSeconds, clockToleranceSeconds, tag, fieldTypes };
  return {
    verify(outgoing, content = new Uint8Array()) {
      const message = toMessage(outgoing);
      const parsed = parseSignatures(message.headers);
      if ('kind' in parsed) return parsed;
      const ours = parsed.filter(({ parameters: { keyid } }) => keyid !== undefined && keys.has(keyid));
      if (ours.length === 0)
        return failure(parsed.length === 0 ? 'no-credentials' : 'unknown-key', { code: 'invalid-signature' });
      const verified = verifyAll(ours, message, { keys, policy, now: clock.now() });
      return after(verified, (good) => {
        if ('kind' in good) return good;
        const covered = good.map(({ coversDigest }) => coversDigest);
        const asked = coverage.digest ? covered : covered.filter(Boolean);
        const refused = judgeContent(asked, message, content);
        return (
          refused ?? {
            kind: 'verified',
            signatures: ours.map(({ label, parameters }) => ({ label, keyid: parameters.keyid! })),
          }
        );
      });
    },
  };
}

function readKeys(entries: unknown, faults: Faults): ReadonlyMap<string, readonly SignatureKey[]> {
  const keys = new Map<string, SignatureKey[]>();
  if (!Array.isArray(entries) || entries.length === 0)
    faults.add('keys', 'keys-required', 'must be a list of keys, and not empty');
  for (const [index, entry] of Array.isArray(entries) ? entries.entries() : []) {
    const key = faults.within(`keys[${index}]`, () => {
      const found = new Faults();
      found.addUnknown(entry as object, signatureKeyMembers);
      found.throwIfAny();
      return readSignatureKey(entry as SignatureKeyOptions);
    });
    if (key !== undefined) keys.set(key.keyid, [...(keys.get(key.keyid) ?? []), key]);
  }
  return keys;
}

interface Against<Key extends SignatureKey> {
  readonly keys: ReadonlyMap<string, readonly Key[]>;
  readonly policy: SignaturePolicy;
  readonly now: number;
}

/** Verifies signatures whose `keyid` is known, one after another: the first that is not good refuses. */
export function verifyAll<Key extends SignatureKey>(
  [signature, ...others]: readonly ParsedSignature[],
  message: Message,
  against: Against<Key>,
): Awaitable<readonly VerifiedSignature<Key>[] | Failure> {
  if (signature === undefined) return [];
  const { keys, policy, now } = against;
  const candidates = keys.get(signature.parameters.keyid!)!;
  return after(verifySignature(signature, message, { keys: candidates, policy, now }), (first) => {
    if (first.kind === 'failure') return first;
    return after(verifyAll(others, message, against), (rest) => ('kind' in rest ? rest : [first, ...rest]));
  });
}
