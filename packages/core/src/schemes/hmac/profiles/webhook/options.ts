import { Faults } from '../../../../errors/faults.js';
import { readProfileKeys, type KeyForm, type LiveKey, type PublicProfileKey } from '../../keys.js';
import {
  checkProfileOptions,
  profileMembers,
  type ProfileOptions,
  type ProfileSettings,
} from '../../profile-options.js';
import { webhookFormats, type WebhookProfileName } from './formats.js';
import type { WebhookFormat } from './format.js';
import { createPublicKey, createSecretKey, decodePublicKey, type DeliveryKey } from './key.js';

/** Options of `hmac()` for those who send webhooks. */
export interface WebhookOptions extends ProfileOptions {
  readonly profile: WebhookProfileName;
  /**
   * One entry for each live secret; at most 16. `standard-webhooks`: `whsec_` and base64. The others: text as it was given, `whsec_`
   * of Stripe and all. `standard-webhooks` may have `publicKey` in place of `secret`: `whpk_` and base64, for deliveries signed by Ed25519.
   */
  readonly keys: readonly PublicProfileKey[];
  /** Seconds that a delivery may be off, either way, 1 to 3600; default 300. Not for `github`, which signs no time. */
  readonly maxAgeSeconds?: number;
  /**
   * What becomes of a delivery that came before, within that time.
   * - `refuse`: 401. A sender that had no answer the first time tries again, and passes once its time is over.
   * - `acknowledge`: 200, and the handler does not run: the sender stops. What a handler failed to do is then lost.
   *
   * `standard-webhooks` signs an id, and refuses unless told otherwise. `stripe` and `slack` sign none: a delivery is known by all that
   * it signs, and remembered only where this is set. Not for `github`, which signs no time.
   */
  readonly onReplay?: 'refuse' | 'acknowledge';
}

/** Options of a webhook profile, checked and filled in. */
export interface WebhookSettings extends ProfileSettings {
  readonly profile: WebhookProfileName;
  readonly format: WebhookFormat;
  readonly keys: readonly LiveKey<DeliveryKey>[];
  readonly onReplay: 'refuse' | 'acknowledge' | 'pass';
}

/** @throws ConfigurationError with every fault of the options; none shows a secret. */
export function checkWebhookOptions(options: WebhookOptions): WebhookSettings {
  const faults = new Faults();
  faults.addUnknown(options, [...profileMembers, 'onReplay']);
  const { profile } = options;
  const format = webhookFormats[profile];
  const keys = readProfileKeys(options.keys, toKeyForm(format), faults);
  const shared = checkProfileOptions(options, faults);
  const { onReplay = format.replayBy === 'id' ? 'refuse' : 'pass' } = options;
  if (options.onReplay !== undefined && !['refuse', 'acknowledge'].includes(options.onReplay))
    faults.add('onReplay', 'invalid-option', 'must be "refuse" or "acknowledge"');
  if (format.replayBy === 'never')
    for (const name of ['onReplay', 'maxAgeSeconds'] as const)
      if (options[name] !== undefined)
        faults.add(name, 'contradicting-options', `has no meaning: ${profile} signs no time; leave it out`);
  faults.throwIfAny();
  return { profile, format, keys, onReplay, ...shared };
}

function toKeyForm({ secret, keyPair }: WebhookFormat): KeyForm<DeliveryKey> {
  const form = { keyid: 'optional', import: createSecretKey, ...secret } as const;
  if (keyPair === undefined) return form;
  const decode = (text: string): Uint8Array | undefined => decodePublicKey(keyPair, text);
  return { ...form, publicKey: { looks: keyPair.publicLooks, decode, import: createPublicKey } };
}
