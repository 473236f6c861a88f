import { toHex } from '../../../../base/bytes.js';
import type { Failure } from '../../../../contracts/failure.js';
import { signatureMismatch } from '../../refusals.js';
import { parseHexAfter, parseSeconds, type Delivery, type WebhookFormat } from './format.js';

// More than a sender has live secrets, by far.
const maxElements = 16;

/** Stripe, "Verify webhook signatures manually". Schemes other than `v1` are passed over, as its own libraries do. */
export const stripe: WebhookFormat = {
  fields: ['stripe-signature'],
  replayBy: 'content',
  severalSignatures: true,
  // Decision: one reason for all that may be wrong with this field, since its time and its signatures prove one another.
  malformed: signatureMismatch,
  stale: signatureMismatch,
  // Its prefix `whsec_` is part of the secret.
  secret: { looks: 'the signing secret of the endpoint, whsec_ and all' },
  read: ([field = '']) => readField(field),
  prefixOf: ({ at }) => `${at}.`,
  write: ({ at, signatures }) => [
    ['stripe-signature', [`t=${at}`, ...signatures.map((signature) => `v1=${toHex(signature)}`)].join(',')],
  ],
};

function readField(field: string): Delivery | Failure {
  const elements = field.split(',');
  if (elements.length > maxElements || !elements.every((element) => /^[a-z0-9]+=[^\s=]+$/.test(element)))
    return stripe.malformed;
  const [time, another] = elements.filter((element) => element.startsWith('t='));
  const at = time === undefined || another !== undefined ? undefined : parseSeconds(time.slice(2));
  const signatures = elements.flatMap((element) => parseHexAfter('v1=', element) ?? []);
  if (at === undefined || signatures.length === 0) return stripe.malformed;
  return { prefix: stripe.prefixOf({ id: '', at }), signatures, at };
}
