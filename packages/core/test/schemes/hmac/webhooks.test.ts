import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import {
  createAuth,
  hmac,
  type Context,
  type HeaderList,
  type WebhookOptions,
  type WebhookProfileName,
} from '../../../src/index.js';
import { createTestClock } from '../../../src/testing.js';
import { createWebhookSigner } from '../../../src/signing.js';
import { contextOf } from '../../fixtures/context.js';
import { judge } from '../../fixtures/judge.js';
import { requestOf } from '../../fixtures/request.js';

const now = 1_767_225_600;
const secrets = {
  'standard-webhooks': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  github: "It's a Secret to Everybody",
  stripe: 'whsec_the_secret_of_an_endpoint',
  slack: '8f742231b10e8888abcd99yyyzzz85a5',
} as const satisfies Record<WebhookProfileName, string>;
const another = 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNlbmRlcg==';
const profiles = Object.keys(secrets) as WebhookProfileName[];
const timed = profiles.filter((profile) => profile !== 'github');
const body = new TextEncoder().encode('{"a":1}');

const schemeOf = (profile: WebhookProfileName, more: Partial<WebhookOptions> = {}) =>
  hmac({ profile, keys: [{ secret: secrets[profile], subject: profile }], ...more });

async function deliver(
  profile: WebhookProfileName,
  { id = 'msg_1', at = now, secret = secrets[profile] as string, sent = body } = {},
) {
  const fields = await createWebhookSigner({ profile, secrets: [secret] }).sign({ id, at, body });
  return withFields(fields, sent);
}

const withFields = (fields: HeaderList, sent = body) => {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of fields) (headers[name] ??= []).push(value);
  return requestOf({ method: 'POST', headers, body: () => Promise.resolve(sent) });
};

/** A context that remembers what was used, as the guard does. */
function remembering(at = now): Context & { readonly used: string[] } {
  const used: string[] = [];
  const context = contextOf({
    clock: createTestClock(at),
    useOnce: (use) => {
      const name = JSON.stringify(use);
      if (used.includes(name)) return false;
      used.push(name);
      return true;
    },
  });
  return Object.assign(context, { used });
}

describe.each(timed)('%s', (profile) => {
  it.each([
    [-301, false],
    [-300, true],
    [0, true],
    [300, true],
    [301, false],
  ])('takes a time up to 300 seconds off, either way: %d', async (offset, isGood) => {
    const answer = await judge(schemeOf(profile), await deliver(profile, { at: now + offset }), remembering());
    expect(answer.startsWith('verified')).toBe(isGood);
  });

  it('goes by maxAgeSeconds', async () => {
    const scheme = schemeOf(profile, { maxAgeSeconds: 10 });
    expect(await judge(scheme, await deliver(profile, { at: now - 10 }), remembering())).toBe(`verified ${profile}`);
    expect(await judge(scheme, await deliver(profile, { at: now - 11 }), remembering())).not.toMatch(/^verified/);
  });

  it('refuses a delivery that came before where onReplay is set, and remembers it for as long as its time is good', async () => {
    const scheme = schemeOf(profile, { onReplay: 'refuse' });
    const context = remembering();
    expect(await judge(scheme, await deliver(profile), context)).toBe(`verified ${profile}`);
    expect(await judge(scheme, await deliver(profile), context)).toBe('replayed');
    expect(JSON.parse(context.used[0]!)).toMatchObject({ owner: profile, until: now + 301 });
  });

  it('keeps nothing of a delivery that is not proved', async () => {
    const context = remembering();
    const request = await deliver(profile, { secret: another });
    expect(await judge(schemeOf(profile, { onReplay: 'refuse' }), request, context)).toBe('signature-mismatch');
    expect(context.used).toEqual([]);
  });
});

describe.each(profiles)('%s', (profile) => {
  it('is not there where no field of it is', async () => {
    expect(await judge(schemeOf(profile), requestOf({ method: 'POST' }), remembering())).toBe('absent');
  });

  it('takes each of two live secrets, and says whose it was', async () => {
    const scheme = hmac({
      profile,
      keys: [
        { secret: secrets[profile], subject: 'old', keyid: 'k1', notAfter: now + 60 },
        { secret: another, subject: 'new', keyid: 'k2' },
      ],
    });
    expect(await judge(scheme, await deliver(profile), remembering())).toBe('verified old');
    expect(await judge(scheme, await deliver(profile, { secret: another }), remembering())).toBe('verified new');
    expect(await judge(scheme, await deliver(profile, { at: now + 60 }), remembering(now + 60))).toBe('key-revoked');
  });

  it('refuses a secret that is revoked, with its reason', async () => {
    const scheme = hmac({ profile, keys: [{ secret: secrets[profile], subject: 'x', revoked: true }] });
    expect(await judge(scheme, await deliver(profile), remembering())).toBe('key-revoked');
  });

  it('refuses another body, another secret, and each field twice', async () => {
    const scheme = schemeOf(profile);
    const other = new TextEncoder().encode('{"a":2}');
    expect(await judge(scheme, await deliver(profile, { sent: other }), remembering())).toBe('signature-mismatch');
    expect(await judge(scheme, await deliver(profile, { secret: another }), remembering())).toBe('signature-mismatch');
    const fields = await createWebhookSigner({ profile, secrets: [secrets[profile]] }).sign({ id: 'm', at: now, body });
    for (const field of fields) {
      const answer = await judge(scheme, withFields([...fields, field]), remembering());
      expect(answer).toBe(profile === 'stripe' ? 'signature-mismatch' : 'signature-malformed');
    }
  });

  it('shows no secret, wherever it is looked at', () => {
    const scheme = schemeOf(profile);
    const seen = [inspect(scheme, { depth: 9, showHidden: true }), JSON.stringify(scheme), String(scheme)].join();
    expect(seen).not.toContain(secrets[profile].slice(-12));
  });

  it('refuses a field over the limit before anything is read', () => {
    const [field] = { github: 'X-Hub-Signature-256', stripe: 'Stripe-Signature', slack: 'X-Slack-Signature', 'standard-webhooks': 'webhook-signature' }[profile].split(','); // prettier-ignore
    const request = requestOf({ headers: { [field!]: 'v1,'.repeat(5000) } });
    expect(schemeOf(profile).extract(request, { maxCredentialBytes: 8192 })).toMatchObject({
      reason: 'credential-too-large',
    });
  });
});

describe('standard-webhooks', () => {
  it('knows a message by its id, whatever its time and its secret', async () => {
    const keys = [
      { secret: secrets['standard-webhooks'], subject: 'sender' },
      { secret: another, subject: 'sender' },
    ];
    const uses: string[] = [];
    const context = contextOf({
      clock: createTestClock(now),
      useOnce: ({ kind, owner, id }) =>
        !uses.includes(`${kind} ${owner} ${id}`) && uses.push(`${kind} ${owner} ${id}`) > 0,
    });
    const scheme = hmac({ profile: 'standard-webhooks', keys });
    expect(await judge(scheme, await deliver('standard-webhooks'), context)).toBe('verified sender');
    const again = await deliver('standard-webhooks', { at: now + 9, secret: another });
    expect(await judge(scheme, again, context)).toBe('replayed');
  });

  it.each([
    ['a v1 that is no base64', 'v1,***', 'signature-malformed'],
    ['a v1 in base64url', 'v1,rAvfW3dJ_X_qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=', 'signature-malformed'],
    ['a v1 in hex', `v1,${'0'.repeat(63)}`, 'signature-malformed'],
    ['no v1', 'v2,AAAA v1a,AAAA', 'signature-malformed'],
    ['nothing', '', 'signature-malformed'],
    ['a v1 of one byte', 'v1,AA==', 'signature-mismatch'],
    ['a v1 of no byte', 'v1,', 'signature-mismatch'],
    ['17 signatures', Array.from({ length: 17 }, () => `v1,${'A'.repeat(43)}=`).join(' '), 'signature-malformed'],
  ])('refuses %s', async (_, signature, reason) => {
    const fields = [['webhook-id', 'm'], ['webhook-timestamp', String(now)], ['webhook-signature', signature]] as const; // prettier-ignore
    expect(await judge(schemeOf('standard-webhooks'), withFields(fields), remembering())).toBe(reason);
  });
});

describe('onReplay', () => {
  it('acknowledge answers 200 to a delivery that came before, without a challenge, and does not let it through', async () => {
    const scheme = schemeOf('standard-webhooks', { onReplay: 'acknowledge' });
    const auth = createAuth({ schemes: { hooks: scheme }, clock: createTestClock(now) });
    const first = await auth.check(await deliver('standard-webhooks'), { scheme: 'hooks' });
    const second = await auth.check(await deliver('standard-webhooks'), { scheme: 'hooks' });
    expect(first.kind).toBe('allow');
    expect(second).toMatchObject({ kind: 'refuse', status: 200, code: 'invalid-signature' });
    expect((second as { headers: HeaderList }).headers.map(([name]) => name)).not.toContain('www-authenticate');
    const wrong = await auth.check(await deliver('standard-webhooks', { secret: another }), { scheme: 'hooks' });
    expect(wrong).toMatchObject({ kind: 'refuse', status: 401 });
    await auth.close();
  });

  it('is left to the handler for stripe and slack unless it is set, since they sign no id', async () => {
    for (const profile of ['stripe', 'slack'] as const) {
      const context = remembering();
      expect(await judge(schemeOf(profile), await deliver(profile), context)).toBe(`verified ${profile}`);
      expect(await judge(schemeOf(profile), await deliver(profile), context)).toBe(`verified ${profile}`);
    }
  });
});
