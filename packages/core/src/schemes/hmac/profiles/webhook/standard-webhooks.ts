import { decodeBase64, encodeBase64 } from '../../../../base/base64.js';
import type { Failure } from '../../../../contracts/failure.js';
import { failure } from '../../../../errors/failures.js';
import { parseSeconds, type Delivery, type KeyPairForm, type WebhookFormat } from './format.js';

// More than a sender has live secrets, by far.
const maxSignatures = 16;
// Each is tried with each key, and costs far more than an HMAC.
const maxPublicSignatures = 4;

/** `v1a`: a private key is written with its public half behind it. */
const keyPair: KeyPairForm = {
  publicLooks: 'whpk_ and base64 of 32 bytes',
  decodePublic: (text) => decodeKey('whpk_', 32, text),
  isPrivate: (secret) => secret.startsWith('whsk_'),
  privateLooks: 'whsk_ and base64 of 64 bytes: the private key and the public one',
  decodePrivate(secret) {
    const bytes = decodeKey('whsk_', 64, secret);
    return bytes && [bytes.subarray(0, 32), bytes.subarray(32)];
  },
};

/** Standard Webhooks 1.0: `v1`, HMAC-SHA-256, and `v1a`, Ed25519. Other versions are passed over, as it says. */
export const standardWebhooks: WebhookFormat = {
  fields: ['webhook-signature', 'webhook-id', 'webhook-timestamp'],
  replayBy: 'id',
  severalSignatures: true,
  malformed: failure('signature-malformed'),
  stale: failure('signature-stale'),
  secret: {
    looks: 'whsec_ and base64 with its padding',
    // What names another kind of key is none of base64: the underscore tells.
    decode: (secret) => decodeBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret),
  },
  keyPair,
  read([signed = '', id, timestamp]) {
    if (id === undefined || timestamp === undefined) return standardWebhooks.stale;
    // A full stop would shift what belongs to the id, the time and the body.
    if (!isMessageId(id) || timestamp.includes('.')) return standardWebhooks.malformed;
    const at = parseSeconds(timestamp);
    return at === undefined ? standardWebhooks.stale : readSignatures(signed, { id, at });
  },
  prefixOf: ({ id, at }) => `${id}.${at}.`,
  write: ({ id, at, signatures, publicSignatures }) => [
    ['webhook-id', id],
    ['webhook-timestamp', String(at)],
    ['webhook-signature', [...signatures.map(write('v1')), ...publicSignatures.map(write('v1a'))].join(' ')],
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
  const publicSignatures = elements.flatMap(readPublicSignature);
  if (elements.length > maxSignatures || publicSignatures.length > maxPublicSignatures)
    return standardWebhooks.malformed;
  if (signatures.length < ours.length || signatures.length + publicSignatures.length === 0)
    return standardWebhooks.malformed;
  return { prefix: standardWebhooks.prefixOf({ id, at }), signatures, publicSignatures, at, id };
}

/** What is no signature of Ed25519 counts for nothing, as a version that nobody knows. */
function readPublicSignature(element: string): readonly Uint8Array[] {
  const bytes = element.startsWith('v1a,') ? decodeBase64(element.slice('v1a,'.length)) : undefined;
  return bytes?.length === 64 ? [bytes] : [];
}

const write =
  (version: string) =>
  (signature: Uint8Array): string =>
    `${version},${encodeBase64(signature)}`;

function decodeKey(prefix: string, length: number, text: string): Uint8Array | undefined {
  const bytes = text.startsWith(prefix) ? decodeBase64(text.slice(prefix.length)) : undefined;
  return bytes?.length === length ? bytes : undefined;
}
