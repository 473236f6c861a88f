import { createWebhookSigner } from '@auth/core/signing';

import type { Signer } from './signer.js';

/** Options of `standardWebhooks()`. */
export interface StandardWebhooksOptions {
  /** `whsec_…`. */
  readonly secret: string;
  /** While a secret is replaced: each message is signed with both. */
  readonly secondarySecret?: string;
}

/**
 * Signs webhooks that go out (Standard Webhooks 1.0). A caller may set `webhook-id`, which is the same each time that one message is
 * sent; without it each call is a message of its own.
 * @throws ConfigurationError for wrong options
 * @example createClient({ origin, auth: none(), sign: standardWebhooks({ secret: 'whsec_…' }) })
 */
export function standardWebhooks({ secret, secondarySecret, ...unknown }: StandardWebhooksOptions): Signer {
  const secrets = secondarySecret === undefined ? [secret] : [secret, secondarySecret];
  const signer = createWebhookSigner({ profile: 'standard-webhooks', secrets, ...unknown });
  return Object.freeze({
    type: 'standardWebhooks',
    fields: ['webhook-signature', 'webhook-timestamp'],
    sign({ headers, body }, { now, random }) {
      const given = headers.find(([name]) => name.toLowerCase() === 'webhook-id')?.[1];
      const id = given ?? `msg_${Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
      return signer.sign({ id, at: now, body });
    },
  } satisfies Signer);
}
