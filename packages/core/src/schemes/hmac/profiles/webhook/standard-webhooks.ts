import { decodeBase64, encodeBase64 } from '../../../../base/base64.js';
import type { Failure } from '../../../../contracts/failure.js';
import { failure } from '../../../../errors/failures.js';
import { parseSeconds, type Delivery, type WebhookFormat } from './format.js';

// More than a sender has live secrets, by far.
const maxSignatures = 16;

/** Standard Webhooks 1.0: `v1`, HMAC-SHA-256. Other versions are passed over, as it says. */
export const standardWebhooks: WebhookFormat = {
  fields: ['webhook-signature', 'webhook-id', 'webhook-timestamp'],
  replayBy: 'id',
  severalSignatures: true,
  malformed: failure('signature-malformed'),
  stale: failure('signature-stale'),
  secret: {
    looks: 'whsec_ and base64 with its padding',
    decode: (secret) => decodeBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret),
  },
  read([signed = '', id, timestamp]) {
    if (id === undefined || timestamp === undefined) return standardWebhooks.stale;
    // A full stop would shift what belongs to the id, the time and the body.
    if (!isMessageId(id) || timestamp.includes('.')) return standardWebhooks.malformed;
    const at = parseSeconds(timestamp);
    return at === undefined ? standardWebhooks.stale : readSignatures(signed, { id, at });
  },
  prefixOf: ({ id, at }) => `${id}.${at}.`,
  write: ({ id, at, signatures }) => [
    ['webhook-id', id],
    ['webhook-timestamp', String(at)],
    ['webhook-signature', signatures.map((signature) => `v1,${encodeBase64(signature)}`).join(' ')],
  ],
};

/** Whether text may be `webhook-id`: visible ASCII without a full stop, at most 256 characters. */
export function isMessageId(id: string): boolean {
  return /^[\x21-\x2d\x2f-\x7e]{1,256}$/.test(id);
}

function readSignatures(signed: string, { id, at }: { readonly id: string; readonly at: number }): Delivery | Failure {
  const elements = signed.split(' ');
  const ours = elements.filter((element) => element.startsWith('v1,'));
  const signatures = ours.flatMap((element) => decodeBase64(element.slice('v1,'.length)) ?? []);
  if (elements.length > maxSignatures || ours.length === 0 || signatures.length < ours.length)
    return standardWebhooks.malformed;
  return { prefix: standardWebhooks.prefixOf({ id, at }), signatures, at, id };
}
