import { after, all } from '../../../../base/awaitable.js';
import type { Awaitable } from '../../../../contracts/awaitable.js';
import type { HeaderList } from '../../../../contracts/failure.js';
import { Faults } from '../../../../errors/faults.js';
import { readSecret } from '../../keys.js';
import { createMac } from '../../mac.js';
import { signedContent } from './content.js';
import { webhookFormats, type WebhookProfileName } from './formats.js';
import { isMessageId } from './standard-webhooks.js';

/** Options of `createWebhookSigner`. */
export interface WebhookSignerOptions {
  readonly profile: WebhookProfileName;
  /**
   * One live secret, or two while one is replaced: `standard-webhooks` and `stripe` sign with each. As `hmac({ profile })` takes it. It is
   * not kept but in the platform's own form.
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
  const { profile, macs } = checkOptions(options);
  const format = webhookFormats[profile];
  return Object.freeze({
    sign({ id = '', at: exact, body }: WebhookMessage) {
      if (format.replayBy === 'id' && !isMessageId(id))
        throw new TypeError('sign: id must be visible ASCII without a full stop, at most 256 characters');
      const at = Math.floor(exact);
      const content = signedContent(format.prefixOf({ id, at }), body);
      return after(all(macs.map((mac) => mac(content))), (signatures) => format.write({ id, at, signatures }));
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
  const bytes = (Array.isArray(secrets) ? (secrets as readonly unknown[]) : []).map((secret, index) => {
    const own = new Faults();
    const read = readSecret(secret, format.secret, own);
    for (const { reason, message } of own.found) faults.add(`secrets[${index}]`, reason, message);
    return read;
  });
  faults.throwIfAny();
  return { profile, macs: bytes.map((secret) => createMac(secret!)) };
}
