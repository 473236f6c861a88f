import { toHex } from '../../../../base/bytes.js';
import { failure } from '../../../../errors/failures.js';
import { parseHexAfter, parseSeconds, type WebhookFormat } from './format.js';

/** Slack, "Verifying requests from Slack". */
export const slack: WebhookFormat = {
  fields: ['x-slack-signature', 'x-slack-request-timestamp'],
  replayBy: 'content',
  severalSignatures: false,
  malformed: failure('signature-malformed'),
  stale: failure('signature-stale'),
  secret: { looks: 'the signing secret of the app' },
  read([signed, timestamp = '']) {
    const signature = parseHexAfter('v0=', signed);
    if (signature === undefined) return slack.malformed;
    const at = parseSeconds(timestamp);
    return at === undefined ? slack.stale : { prefix: slack.prefixOf({ id: '', at }), signatures: [signature], at };
  },
  prefixOf: ({ at }) => `v0:${at}:`,
  write: ({ at, signatures }) => [
    ['x-slack-request-timestamp', String(at)],
    ...signatures.map((signature) => ['x-slack-signature', `v0=${toHex(signature)}`] as const),
  ],
};
