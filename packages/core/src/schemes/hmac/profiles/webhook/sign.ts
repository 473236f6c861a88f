import { crypto } from '#crypto';

import { after, all, isPromise } from '../../../../base/awaitable.js';
import type { Awaitable } from '../../../../contracts/awaitable.js';
import type { HeaderList } from '../../../../contracts/failure.js';
import type { Sign } from '../../../../crypto/crypto.js';
import { findPrivateJwkFault } from '../../../../crypto/jwk.js';
import { configurationError } from '../../../../errors/configuration-error.js';
import { Faults } from '../../../../errors/faults.js';
import { readSecret } from '../../keys.js';
import { createMac, signLater, type Mac } from '../../mac.js';
import { signedContent } from './content.js';
import { webhookFormats, type WebhookProfileName } from './formats.js';
import type { WebhookFormat } from './format.js';
import { createPublicKey, toJwk } from './key.js';
import { isMessageId } from './standard-webhooks.js';

/** Options of `createWebhookSigner`. */
export interface WebhookSignerOptions {
  readonly profile: WebhookProfileName;
  /**
   * One live secret, or two while one is replaced: `standard-webhooks` and `stripe` sign with each. As `hmac({ profile })` takes it. It is
   * not kept but in the platform's own form. A `whsk_` of `standard-webhooks` signs by Ed25519.
   */
  readonly secrets: readonly string[];
}

/** One delivery of a message. */
export interface WebhookMessage {
  /** `standard-webhooks`: the same each time that one message is sent; visible ASCII without a full stop. The others sign none. */
  readonly id?: string;
  /** Seconds since the epoch, cut to whole ones. `github` signs none. */
  readonly at: number;
  /** The bytes as they are sent. */
  readonly body: Uint8Array;
}

/** Signs webhooks. Shows nothing of the secrets. */
export interface WebhookSigner {
  /** @returns the fields to add; at once, or a promise on Web Crypto. */
  sign(message: WebhookMessage): Awaitable<HeaderList>;
}

/**
 * Makes a signer of webhooks, in the form of one sender.
 *
 * Checks: the options; of a message its id.
 * Does not check: that the bytes go out as they were signed.
 * @throws ConfigurationError with every fault of the options; none shows a secret.
 * @example const signer = createWebhookSigner({ profile: 'standard-webhooks', secrets: ['whsec_…'] })
 * @example const fields = await signer.sign({ id: 'msg_1', at: systemClock.now(), body })
 */
export function createWebhookSigner(options: WebhookSignerOptions): WebhookSigner {
  const { profile, signers } = checkOptions(options);
  const format = webhookFormats[profile];
  return Object.freeze({
    sign({ id = '', at: exact, body }: WebhookMessage) {
      if (format.replayBy === 'id' && !isMessageId(id))
        throw new TypeError('sign: id must be visible ASCII without a full stop, at most 256 characters');
      const at = Math.floor(exact);
      const content = signedContent(format.prefixOf({ id, at }), body);
      return after(all(signers.map(({ sign }) => sign(content))), (made) => {
        const of = (kind: Signer['kind']): readonly Uint8Array[] => made.filter((_, i) => signers[i]!.kind === kind);
        return format.write({ id, at, signatures: of('secret'), publicSignatures: of('private') });
      });
    },
  });
}

function checkOptions(options: WebhookSignerOptions) {
  const faults = new Faults();
  faults.addUnknown(options, ['profile', 'secrets']);
  const { profile, secrets } = options;
  if (!Object.hasOwn(webhookFormats, profile)) {
    faults.add('profile', 'invalid-option', `must be one of ${Object.keys(webhookFormats).join(', ')}`);
    faults.throwIfAny();
  }
  const format = webhookFormats[profile];
  const max = format.severalSignatures ? 2 : 1;
  if (!Array.isArray(secrets) || secrets.length === 0 || secrets.length > max)
    faults.add('secrets', 'keys-required', `must be a list of ${max === 1 ? 'one secret' : 'one secret, or two'}`);
  const signers = (Array.isArray(secrets) ? (secrets as readonly unknown[]) : []).map((secret, index) => {
    const own = new Faults();
    const read = readSigner(secret, format, own);
    for (const { reason, message } of own.found) faults.add(`secrets[${index}]`, reason, message);
    return read;
  });
  faults.throwIfAny();
  return { profile, signers: signers.map((signer) => signer!) };
}

/** What signs, and with which of both kinds of signature. */
interface Signer {
  readonly kind: 'secret' | 'private';
  readonly sign: Mac;
}

function readSigner(secret: unknown, format: WebhookFormat, faults: Faults): Signer | undefined {
  const { keyPair } = format;
  if (keyPair === undefined || typeof secret !== 'string' || !keyPair.isPrivate(secret)) {
    const bytes = readSecret(secret, format.secret, faults);
    return bytes && { kind: 'secret', sign: createMac(bytes) };
  }
  const fault = ['secret', 'malformed-secret', `must be ${keyPair.privateLooks}`] as const;
  // What the platform says of a key that it refuses may quote it.
  const refuse = (): never => {
    throw configurationError(...fault);
  };
  const pair = keyPair.decodePrivate(secret);
  if (pair === undefined) faults.add(...fault);
  const sign = pair && faults.within('', () => signLater(() => orElse(() => importPair(pair), refuse)));
  return sign && { kind: 'private', sign };
}

/** Imports a private key, and throws where the public one is not its own: nobody could verify what it signs. */
function importPair([d, x]: readonly [d: Uint8Array, x: Uint8Array]): Awaitable<Sign> {
  const jwk = { ...toJwk(x), d: crypto.encodeBase64url(d) };
  if (findPrivateJwkFault(jwk) !== undefined) throw new TypeError('no key of Ed25519');
  const probe = new Uint8Array();
  return after(crypto.importPrivateKey(jwk, 'Ed25519'), (sign) =>
    after(sign(probe), (signature) => {
      const delivery = { prefix: '', signatures: [], publicSignatures: [signature] };
      return after(createPublicKey(x).signed(delivery, probe), (isOwn) => {
        if (!isOwn) throw new TypeError('two halves of two keys');
        return sign;
      });
    }),
  );
}

/** One back end throws at once, the other later. */
function orElse<T>(step: () => Awaitable<T>, refuse: () => never): Awaitable<T> {
  try {
    const made = step();
    return isPromise(made) ? made.catch(refuse) : made;
  } catch {
    return refuse();
  }
}
