import { toHex } from '../../../../base/bytes.js';
import { failure } from '../../../../errors/failures.js';
import { parseHexAfter, type WebhookFormat } from './format.js';

/** GitHub, "Validating webhook deliveries". Signs the body alone: no time and no id, so that a delivery may come again. */
export const github: WebhookFormat = {
  // SHA-1 is sent beside it; alone it proves nothing.
  fields: ['x-hub-signature-256', 'x-hub-signature'],
  replayBy: 'never',
  severalSignatures: false,
  malformed: failure('signature-malformed'),
  stale: failure('signature-stale'),
  secret: { looks: 'the secret of the webhook' },
  read([signed]) {
    const signature = parseHexAfter('sha256=', signed);
    return signature === undefined ? github.malformed : { prefix: '', signatures: [signature] };
  },
  prefixOf: () => '',
  write: ({ signatures }) => signatures.map((signature) => ['x-hub-signature-256', `sha256=${toHex(signature)}`]),
};
