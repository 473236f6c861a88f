import type { WebhookFormat } from './format.js';
import { github } from './github.js';
import { slack } from './slack.js';
import { standardWebhooks } from './standard-webhooks.js';
import { stripe } from './stripe.js';

/** Who sends: each has its own fields, and all sign by HMAC-SHA-256. */
export type WebhookProfileName = 'standard-webhooks' | 'github' | 'stripe' | 'slack';

export const webhookFormats: Readonly<Record<WebhookProfileName, WebhookFormat>> = {
  'standard-webhooks': standardWebhooks,
  github,
  stripe,
  slack,
};
