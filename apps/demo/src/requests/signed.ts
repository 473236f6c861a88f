import type { Credentials } from '../credentials/credentials.js';
import { withOtherBody } from '../credentials/signers.js';
import { rfc, type Line, type Reference } from './request.js';

const refused = { route: 'POST /imports', outcome: '401 invalid-signature' } as const;
const sigV4: Reference = {
  title: 'AWS Signature Version 4',
  url: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html',
};
const webhooks: Reference = {
  title: 'Standard Webhooks',
  url: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
};

export const goodSigned = ({ signers }: Credentials): readonly Line[] => [
  {
    name: 'signed request',
    route: 'POST /imports',
    sign: signers.message,
    outcome: '201',
    reason: 'ok',
    what: 'No credential travels: orders-job signs method, address and body of this one request with its Ed25519 key, with a time and a nonce.',
    why: 'The signature is by the key of orders-job, over all that must be covered; the body has the signed digest; and it is fresh.',
    look: 'Signature-Input',
    see: [rfc(9421, '3.2'), rfc(9530, '2')],
  },
  {
    name: 'request signed for AWS (SigV4)',
    route: 'POST /imports',
    sign: signers.aws,
    outcome: '201',
    reason: 'ok',
    what: 'The warehouse signs as clients of AWS do, with a key derived from its secret for this day, region and service.',
    why: 'The MAC over method, address, fields, time and body is the one that the secret of this key makes.',
    look: 'Authorization',
    see: [sigV4],
  },
  {
    name: 'webhook',
    route: 'POST /hooks',
    sign: signers.webhook,
    outcome: '201',
    reason: 'ok',
    what: 'Billing tells of an event, and signs its id, the time and the body with a secret that both know.',
    why: 'The MAC is right, the time is now, and no message of this id came before.',
    look: 'webhook-signature',
    see: [webhooks],
  },
];

export const hostileSigned = ({ signers }: Credentials): readonly Line[] => [
  {
    ...refused,
    name: 'signed request, body changed',
    sign: withOtherBody(signers.message),
    reason: 'digest-mismatch',
    what: 'A proxy orders gin instead of ink: a good signature, and another body than the one that was signed.',
    why: 'Content-Digest is covered by the signature, and is not that of this body.',
    look: 'Content-Digest',
    see: [rfc(9421, '7.2.8'), rfc(9530, '2')],
  },
  {
    ...refused,
    name: 'signed request, sent twice',
    sign: signers.message,
    isRepeated: true,
    reason: 'replayed',
    what: 'A recording of a request that was let in, sent once more, line for line.',
    why: 'Its nonce was here before. It is remembered for as long as the signature would be taken.',
    look: 'Signature-Input',
    see: [rfc(9421, '7.2.2')],
  },
  {
    ...refused,
    name: 'signed request, ten minutes old',
    sign: signers.messageLongAgo,
    reason: 'signature-stale',
    what: 'A good signature that was held back for ten minutes.',
    why: 'Its time (created) is more than five minutes ago.',
    look: 'Signature-Input',
    see: [rfc(9421, '7.2.1')],
  },
  {
    ...refused,
    name: 'request for AWS, by another secret',
    sign: signers.awsWithOtherSecret,
    reason: 'signature-mismatch',
    what: 'The name of a key is no secret: somebody signs under that of the warehouse, with a secret of their own.',
    why: 'The secret of this key makes another MAC.',
    look: 'Authorization',
    see: [sigV4],
  },
  {
    ...refused,
    name: 'webhook, body changed',
    route: 'POST /hooks',
    sign: withOtherBody(signers.webhook),
    reason: 'signature-mismatch',
    what: 'An event that never was, under the signature of one that was.',
    why: 'The MAC is over the exact bytes of the body, and these are others.',
    look: 'webhook-signature',
    see: [webhooks],
  },
];
