import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

import { hmac as createScheme } from '@auth/core';
import { createSigV4Signer, createWebhookSigner } from '@auth/core/signing';

import { judgeByScheme } from '../libraries/auth-core.js';
import { cpuRatio, tableOf } from '../measure/compare.js';
import { race, type Case } from '../measure/race.js';
import { deliveryOf, requestWithFields } from '../requests.js';
import type { Section } from './section.js';

const raw = 'HMAC-SHA-256 of the body';
const secret = 'a secret of those who measure this';
const where = { region: 'eu-west-1', service: 'execute-api' };
const body = new TextEncoder().encode(JSON.stringify({ id: 'evt_1', data: 'x'.repeat(1000) }));
const now = (): number => Math.floor(Date.now() / 1000);

/** What is signed by a shared secret, beside the HMAC alone: webhooks with a body of a kilobyte, and SigV4. */
export const hmac: Section = async ({ pace }) => {
  const cases = [rawCase(), await webhookCase('github'), await webhookCase('stripe'), await sigV4Case()];
  const laps = await race(cases, pace, true);
  return {
    tables: [tableOf('Shared secrets: taken', laps, raw)],
    targets: [
      { what: 'webhook of 1 kB: github / HMAC', measured: cpuRatio(laps, 'github', raw).median, limit: 2, unit: 'x' },
      { what: 'webhook of 1 kB: stripe / HMAC', measured: cpuRatio(laps, 'stripe', raw).median, limit: 3, unit: 'x' },
    ],
  };
};

function rawCase(): Case {
  const key = createSecretKey(Buffer.from(secret));
  const wanted = createHmac('sha256', key).update(body).digest();
  return { name: raw, judge: () => timingSafeEqual(createHmac('sha256', key).update(body).digest(), wanted) };
}

async function webhookCase(profile: 'github' | 'stripe'): Promise<Case> {
  const scheme = createScheme({ profile, keys: [{ secret, subject: 'sender' }] });
  const fields = await createWebhookSigner({ profile, secrets: [secret] }).sign({ at: now(), body });
  return { name: profile, inFlight: 64, judge: () => judgeByScheme(scheme, deliveryOf(body, fields)) };
}

async function sigV4Case(): Promise<Case> {
  const keyid = 'AKIDBENCH';
  const scheme = createScheme({ profile: 'aws-sigv4', ...where, keys: [{ keyid, secret, subject: 'svc' }] });
  const signer = createSigV4Signer({ keyid, secret, ...where });
  const signed = await signer.sign({ method: 'GET', url: 'http://127.0.0.1:3000/orders' }, now());
  return { name: 'aws-sigv4, a GET', inFlight: 64, judge: () => judgeByScheme(scheme, requestWithFields(signed)) };
}
