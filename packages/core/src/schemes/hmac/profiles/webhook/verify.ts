import { crypto } from '#crypto';

import { after, all } from '../../../../base/awaitable.js';
import type { Awaitable } from '../../../../contracts/awaitable.js';
import type { NoClaims } from '../../../../contracts/principal.js';
import type { AuthRequest } from '../../../../contracts/request.js';
import type { Challenge, Context, Extracted, Limits, Verified } from '../../../../contracts/scheme.js';
import { failure } from '../../../../errors/failures.js';
import { signatureChallenge } from '../../challenge.js';
import { isLive, type LiveKey } from '../../keys.js';
import type { HmacProfile } from '../../profile.js';
import { keyRevoked, replayed, signatureMismatch } from '../../refusals.js';
import { signedContent } from './content.js';
import type { Delivery } from './format.js';
import type { DeliveryKey } from './key.js';
import { checkWebhookOptions, type WebhookOptions, type WebhookSettings } from './options.js';

// Senders go by the status alone: nothing is asked of them.
const acknowledgement: Challenge = Object.freeze({ status: 200, headers: [] });

/**
 * Verifies webhooks of one sender.
 *
 * Checks: each field once, and its form; the time, where one is signed; that one signature is that of a live key, over the bytes of
 * the body as they came; that it did not come before, as `onReplay` says.
 * Does not check: method, target and other fields, which no sender of webhooks signs.
 */
export function createWebhookProfile(options: WebhookOptions): HmacProfile<Delivery> {
  const settings = checkWebhookOptions(options);
  return {
    extract: (request, limits) => extractDelivery(settings, request, limits),
    verify: (delivery, request, context) => verifyDelivery(settings, { delivery, request, context }),
    challenge: (realm, failed) =>
      failed === replayed && settings.onReplay === 'acknowledge'
        ? acknowledgement
        : signatureChallenge(settings.realm ?? realm),
  };
}

function extractDelivery(
  { format }: WebhookSettings,
  { headers }: AuthRequest,
  { maxCredentialBytes }: Limits,
): Extracted<Delivery> {
  const lines = format.fields.map((name) => headers.getAll(name));
  if (lines.every((values) => values.length === 0)) return { kind: 'absent' };
  if (lines.some((values) => values.some((value) => value.length > maxCredentialBytes)))
    return failure('credential-too-large');
  if (lines.some((values) => values.length > 1)) return format.malformed;
  const [field] = format.fields;
  const delivery = format.read(lines.map(([value]) => value));
  if ('kind' in delivery) return delivery;
  return { kind: 'credentials', field, credentials: delivery, identifier: lines[0]![0]! };
}

interface Received {
  readonly delivery: Delivery;
  readonly request: AuthRequest;
  readonly context: Context;
}

async function verifyDelivery(settings: WebhookSettings, received: Received): Promise<Verified<NoClaims>> {
  const { delivery, request, context } = received;
  const { at } = delivery;
  if (at !== undefined && Math.abs(context.clock.now() - at) > settings.maxAgeSeconds) return settings.format.stale;
  const content = signedContent(delivery.prefix, await request.body());
  const key = await findSigner(settings.keys, { delivery, content, context });
  if (key === undefined) return signatureMismatch;
  if (!isLive(key, context)) return keyRevoked;
  if (!(await isNew(settings, { ...received, key }, content))) return replayed;
  return { kind: 'verified', principal: key.principal };
}

/** Every key is tried to its end, so that the time tells nothing of which it was. A live one goes before another. */
function findSigner(
  keys: readonly LiveKey<DeliveryKey>[],
  { delivery, content, context }: { delivery: Delivery; content: Uint8Array; context: Context },
): Awaitable<LiveKey<DeliveryKey> | undefined> {
  return after(all(keys.map(({ material }) => material.signed(delivery, content))), (signed) => {
    const fitting = keys.filter((_, index) => signed[index]);
    return fitting.find((key) => isLive(key, context)) ?? fitting[0];
  });
}

function isNew(
  { profile, format, maxAgeSeconds, onReplay }: WebhookSettings,
  { delivery, context, key }: Received & { readonly key: LiveKey<DeliveryKey> },
  content: Uint8Array,
): Awaitable<boolean> {
  if (onReplay === 'pass' || delivery.at === undefined) return true;
  const id = format.replayBy === 'id' ? delivery.id! : crypto.encodeBase64url(crypto.sha256(content));
  // By subject: a message sent again may be signed with the next secret.
  const { subject: owner } = key.principal;
  // From the second after its last it is refused by its time.
  return context.useOnce({ kind: `webhook-${profile}`, owner, id, until: delivery.at + maxAgeSeconds + 1 });
}
