import { afterAll, describe, expect, it } from 'vitest';

import { isConfigurationError, type WebhookProfileName } from '../../src/index.js';
import { createWebhookSigner } from '../../src/schemes/hmac/profiles/webhook/sign.js';
import { atOnce } from '../fixtures/at-once.js';
import { contextOf } from '../fixtures/context.js';
import { requestOf } from '../fixtures/request.js';
import { backends } from './backends.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

/** A delivery of any of the files. */
interface Case {
  readonly id: string;
  readonly secret: string;
  readonly payload: string;
  readonly expected: 'ok' | 'reject' | 'config-error';
  readonly headers?: Readonly<Record<string, string>>;
  readonly header?: string;
  readonly timestamp?: string;
  readonly signature?: string;
  readonly now?: number;
}

const members = [
  'id',
  'secret',
  'payload',
  'expected',
  'headers',
  'header',
  'timestamp',
  'signature',
  'now',
  'constructed',
];
const files = {
  github: (each: Case) => ({ 'X-Hub-Signature-256': each.header! }),
  stripe: (each: Case) => ({ 'Stripe-Signature': each.header! }),
  slack: (each: Case) => ({ 'X-Slack-Signature': each.signature!, 'X-Slack-Request-Timestamp': each.timestamp! }),
  'standard-webhooks': (each: Case) => each.headers!,
} satisfies Record<WebhookProfileName, (each: Case) => Readonly<Record<string, string>>>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function readCases(profile: WebhookProfileName): readonly Case[] {
  const path = `./webhooks/${profile === 'stripe' ? 'stripe-scheme' : profile}.json`;
  const file = readVectors(path) as { readonly cases?: readonly Case[]; readonly verification?: readonly Case[] };
  const cases = file.cases ?? file.verification ?? [];
  checkMembers(path, cases, members);
  return cases;
}

afterAll(printCounts);

describe.each(backends)('over $name', ({ name, core }) => {
  describe.each(Object.keys(files) as WebhookProfileName[])('deliveries of %s', (profile) => {
    const cases = readCases(profile);

    const refused = cases.filter(({ expected }) => expected === 'config-error');
    const judged = cases.filter(({ expected }) => expected !== 'config-error');
    const schemeOf = ({ secret }: Case) => core.hmac({ profile, keys: [{ secret, subject: 'sender' }] });

    it.each(judged.map((each) => [each.id, each] as const))('are judged as printed: %s', async (_, each) => {
      const scheme = schemeOf(each);
      const request = requestOf({
        method: 'POST',
        headers: files[profile](each),
        body: () => Promise.resolve(bytes(each.payload)),
      });
      const context = contextOf({ clock: { now: () => each.now ?? 0, schedule: () => () => undefined } });
      const found = atOnce(scheme.extract(request, { maxCredentialBytes: 8192 }));
      const answer = found.kind === 'credentials' ? await scheme.verify(found.credentials, request, context) : found;
      const failed = { kind: 'failure', code: 'invalid-signature' };
      expect(answer).toMatchObject(
        each.expected === 'ok' ? { kind: 'verified', principal: { subject: 'sender' } } : failed,
      );
    });

    it('cannot be expected with a secret that is none', () => {
      const starts = refused.filter((each) => {
        try {
          return schemeOf(each) !== undefined;
        } catch (error) {
          return !core.isConfigurationError(error);
        }
      });
      expect(starts).toEqual([]);
    });
    count(`webhooks, ${profile}`, cases.length, name);
  });
});

describe.each(backends)('v1a of Standard Webhooks over $name', ({ name, core, signing: own }) => {
  const { signing, malformedKeys } = readVectors('./webhooks/standard-webhooks-v1a.json') as {
    readonly signing: readonly {
      secret: string;
      publicKey: string;
      id: string;
      timestamp: number;
      payload: string;
      signature: string;
    }[];
    readonly malformedKeys: readonly string[];
  };
  checkMembers('signing', signing, ['secret', 'publicKey', 'id', 'timestamp', 'payload', 'signature']);
  count('webhooks, v1a', signing.length + malformedKeys.length, name);
  const [{ secret, publicKey, id, timestamp: at, payload, signature }] = signing as [(typeof signing)[0]];
  const clock = { now: () => at, schedule: () => () => undefined };
  const judge = async (
    fields: Readonly<Record<string, string>>,
    keys: Parameters<typeof core.hmac>[0]['keys'],
    body = payload,
  ) => {
    const scheme = core.hmac({ profile: 'standard-webhooks', keys });
    const request = requestOf({ method: 'POST', headers: fields, body: () => Promise.resolve(bytes(body)) });
    const found = atOnce(scheme.extract(request, { maxCredentialBytes: 8192 }));
    const judged =
      found.kind === 'credentials' ? await scheme.verify(found.credentials, request, contextOf({ clock })) : found;
    return judged.kind === 'failure' ? judged.reason : judged.kind;
  };
  const fieldsOf = (signed: string) => ({
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': signed,
  });
  const keys = [{ publicKey, subject: 'sender' }];

  it('signs as printed, and takes it', async () => {
    const signer = own.createWebhookSigner({ profile: 'standard-webhooks', secrets: [secret] });
    const fields = await signer.sign({ id, at, body: bytes(payload) });
    expect(fields.find(([field]) => field === 'webhook-signature')).toEqual(['webhook-signature', signature]);
    expect(await judge(fieldsOf(signature), keys)).toBe('verified');
    expect(await judge(fieldsOf(signature), keys, `${payload} `)).toBe('signature-mismatch');
  });

  it('takes either kind while a sender goes from one to the other, and neither for the other', async () => {
    const shared = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const both = own.createWebhookSigner({ profile: 'standard-webhooks', secrets: [shared, secret] });
    const [[, field]] = (await both.sign({ id, at, body: bytes(payload) })).filter(
      ([each]) => each === 'webhook-signature',
    ) as [[string, string]];
    expect(field).toMatch(/^v1,[^ ]{44} v1a,[^ ]{88}$/);
    const [v1 = '', v1a = ''] = field.split(' ');
    for (const [sent, known, answer] of [
      [field, keys, 'verified'],
      [field, [{ secret: shared, subject: 'sender' }], 'verified'],
      [v1, keys, 'signature-mismatch'],
      [v1a, [{ secret: shared, subject: 'sender' }], 'signature-mismatch'],
      [`v1,${v1a.slice(4)}`, keys, 'signature-mismatch'],
      [Array.from({ length: 5 }, () => v1a).join(' '), keys, 'signature-malformed'],
    ] as const)
      expect(await judge(fieldsOf(sent), known)).toBe(answer);
  });

  it('takes no key that is none, and shows none', async () => {
    const smallOrder = `whpk_${Buffer.from([1, ...new Uint8Array(31)]).toString('base64')}`;
    for (const key of [smallOrder, secret, 'whpk_AAAA', publicKey.slice(5)])
      expect(() => core.hmac({ profile: 'standard-webhooks', keys: [{ publicKey: key, subject: 'sender' }] })).toThrow(
        expect.objectContaining({
          faults: [expect.objectContaining({ path: 'keys[0].publicKey', reason: 'malformed-key' })],
        }),
      );
    const twice = { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', publicKey, subject: 'sender' };
    expect(() => core.hmac({ profile: 'standard-webhooks', keys: [twice] })).toThrow(
      /contradicting-options|one of both/,
    );
    expect(() => core.hmac({ profile: 'stripe', keys: [{ publicKey, subject: 'sender' }] })).toThrow(/publicKey/);
    for (const key of malformedKeys) {
      const make = async () =>
        own.createWebhookSigner({ profile: 'standard-webhooks', secrets: [key] }).sign({ id, at, body: bytes('') });
      const error = await make().then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(core.isConfigurationError(error)).toBe(true);
      expect(String(error)).not.toContain(key.slice(5, 25));
    }
  });
});

describe('createWebhookSigner', () => {
  it('signs as Standard Webhooks prints it', async () => {
    const { signing } = readVectors('./webhooks/standard-webhooks.json') as {
      readonly signing: readonly {
        secret: string;
        id: string;
        timestamp: number;
        payload: string;
        signature: string;
      }[];
    };
    checkMembers('signing', signing, ['secret', 'id', 'timestamp', 'payload', 'signature']);
    for (const { secret, id, timestamp, payload, signature } of signing) {
      const signer = createWebhookSigner({ profile: 'standard-webhooks', secrets: [secret] });
      expect(await signer.sign({ id, at: timestamp + 0.9, body: bytes(payload) })).toEqual([
        ['webhook-id', id],
        ['webhook-timestamp', String(timestamp)],
        ['webhook-signature', signature],
      ]);
    }
    count('webhooks, standard-webhooks', signing.length, 'signed');
  });

  it.each([
    ['github', 'documented', (each: Case) => [['x-hub-signature-256', each.header]]],
    ['github', 'utf8-body', (each: Case) => [['x-hub-signature-256', each.header]]],
    ['stripe', 'ok', (each: Case) => [['stripe-signature', each.header]]],
    [
      'slack',
      'documented',
      (each: Case) => [
        ['x-slack-request-timestamp', each.timestamp],
        ['x-slack-signature', each.signature],
      ],
    ],
  ] as const)('signs as %s documents it: %s', async (profile, id, fieldsOf) => {
    const printed = readCases(profile).find((each) => each.id === id)!;
    const signer = createWebhookSigner({ profile, secrets: [printed.secret] });
    expect(await signer.sign({ at: printed.now ?? 0, body: bytes(printed.payload) })).toEqual(fieldsOf(printed));
  });

  it('signs with two live secrets in one field, where a sender has a form for it', async () => {
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_plJ3nmyCDGBKInavdOK15jslABCDEFGH'];
    const standard = createWebhookSigner({ profile: 'standard-webhooks', secrets });
    const fields = await standard.sign({ id: 'msg_1', at: 5, body: bytes('{}') });
    expect(fields.find(([name]) => name === 'webhook-signature')?.[1]).toMatch(/^v1,[^ ]{44} v1,[^ ]{44}$/);
    const stripe = createWebhookSigner({ profile: 'stripe', secrets });
    const [[, field]] = (await stripe.sign({ at: 5, body: bytes('{}') })) as [[string, string]];
    expect(field).toMatch(/^t=5,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
  });

  it('refuses options that it cannot sign by, and shows no secret', () => {
    const attempts = [
      { profile: 'github', secrets: ['shhh'] },
      { profile: 'github', secrets: ['a secret of some length', 'a second of some length'] },
      { profile: 'slack', secrets: [] },
      { profile: 'standard-webhooks', secrets: ['whsec_not*base64-but-shhh'] },
      { profile: 'none', secrets: ['a secret of some length'] },
    ] as unknown as Parameters<typeof createWebhookSigner>[0][];
    for (const options of attempts) {
      let thrown: unknown;
      try {
        createWebhookSigner(options);
      } catch (error) {
        thrown = error;
      }
      expect(isConfigurationError(thrown)).toBe(true);
      expect(String(thrown)).not.toMatch(/shhh|length'/);
    }
  });

  it('refuses an id with a full stop, which would shift what is signed (Standard Webhooks 1.0)', () => {
    const signer = createWebhookSigner({ profile: 'standard-webhooks', secrets: ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] });
    for (const id of ['a.b', '', 'a b', 'é'])
      expect(() => signer.sign({ id, at: 1, body: bytes('') })).toThrow(TypeError);
  });
});
