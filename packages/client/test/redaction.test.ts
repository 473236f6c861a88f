import { format, inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { apiKey, basic, bearer, clientCredentials, createClient, type Strategy } from '../src/index.js';
import { redact, redactError } from '../src/redact.js';
import { createBench, createPlainBench, failureOf, grant, refusal, secret } from './fixtures/client.js';
import { json, startServer } from './fixtures/server.js';

/** Every way in which a value ends in a log. */
function textsOf(value: object): readonly string[] {
  const all = { showHidden: true, depth: Number.POSITIVE_INFINITY } as const;
  const clone = (): unknown => {
    try {
      return structuredClone(value);
    } catch (error) {
      return error;
    }
  };
  return [
    inspect(value, all),
    inspect(value, { ...all, customInspect: false }),
    format('%s %o %O %j', value, value, value, value),
    JSON.stringify(value) ?? '',
    JSON.stringify({ value, list: [value] }),
    Object.prototype.toString.call(value),
    inspect(clone(), all),
    inspect(Object.getOwnPropertyDescriptors(value), all),
    (value as { readonly stack?: string }).stack ?? '',
  ];
}

const encoded = Buffer.from(`job:${secret}`).toString('base64');
const shown = (texts: readonly string[], secrets: readonly string[]): readonly string[] =>
  secrets.filter((each) => texts.some((text) => text.includes(each)));

describe('cli-inspect: secrets are in no text', () => {
  const strategies: readonly (readonly [string, Strategy, readonly string[]])[] = [
    ['basic', basic({ username: 'job', password: secret }), [secret, encoded]],
    ['apiKey', apiKey({ key: secret }), [secret]],
    ['bearer', bearer({ token: secret }), [secret]],
    [
      'clientCredentials',
      clientCredentials({ tokenEndpoint: 'https://as.example/token', clientId: 'job', clientSecret: secret }),
      [secret, encoded],
    ],
  ];
  it.each(strategies)('of the strategy %s, nor of a client with it', (_name, auth, secrets) => {
    expect(shown(textsOf(auth), secrets)).toEqual([]);
    expect(shown(textsOf(createClient({ origin: 'https://api.example', auth })), secrets)).toEqual([]);
  });

  it('of a client that holds a token', async () => {
    const { client, events } = await createBench({
      issuer: (_seen, index) => grant(index, { access_token: 'token-secret-1' }),
    });
    const response = await client.fetch('/');
    const secrets = [secret, encoded, 'token-secret-1'];
    expect(shown(textsOf(client), secrets)).toEqual([]);
    expect(shown(textsOf(response), secrets)).toEqual([]);
    expect(shown(textsOf(events), secrets)).toEqual([]);
  });
});

describe('cli-error-redacted: errors', () => {
  const secrets = [secret, encoded, 'token-secret-1'];

  it('of a platform that shows what it sent have no secret, in no cause and no stack', async () => {
    const api = await startServer(() => ({}));
    const leaky = (_url: string, init: RequestInit): Promise<Response> => {
      const headers = [...new Headers(init.headers)].map((pair) => pair.join(': ')).join('\n');
      const cause = Object.assign(new Error(`sent ${headers} ${JSON.stringify(init.body)}`), {
        code: 'ECONNRESET',
        headers,
      });
      return Promise.reject(Object.assign(new TypeError(`failed: ${headers}`, { cause }), { config: init }));
    };
    for (const auth of [
      basic({ username: 'job', password: secret }),
      apiKey({ key: secret }),
      bearer({ token: secret }),
      clientCredentials({ tokenEndpoint: `${api.origin}/token`, clientId: 'job', clientSecret: secret }),
      clientCredentials({
        tokenEndpoint: `${api.origin}/token`,
        clientId: 'job',
        clientSecret: secret,
        clientAuthentication: 'client_secret_post',
      }),
    ]) {
      const { client } = await createPlainBench(auth, { options: { fetch: leaky, retry: { attempts: 1 } } });
      const error = await failureOf(client.fetch('/'));
      expect(['network', 'token-endpoint']).toContain(error.code);
      expect(shown(textsOf(error), secrets)).toEqual([]);
      expect(inspect(error)).toContain('ECONNRESET');
    }
  });

  it('of an issuer that echoes our secret have none', async () => {
    const { client } = await createBench({
      issuer: (seen) =>
        json({ error: 'invalid_client', error_description: `${seen.headers.authorization} ${secret} ${encoded}` }, 401),
    });
    const error = await failureOf(client.fetch('/'));
    expect(shown(textsOf(error), secrets)).toEqual([]);
    expect(error.message).toContain('[redacted]');
  });

  it('of an API that echoes our token in its challenge, its body and its fields have none', async () => {
    const { client, events } = await createBench({
      issuer: (_seen, index) => grant(index, { access_token: 'token-secret-1' }),
      api: () => ({
        ...(refusal('Bearer error="insufficient_user_authentication", acr_values="token-secret-1"') as object),
        headers: {
          'www-authenticate': 'Bearer error="insufficient_user_authentication", acr_values="token-secret-1"',
          'x-echo': 'token-secret-1',
        },
      }),
    });
    const error = await failureOf(client.fetch('/'));
    expect(error).toMatchObject({ code: 'step-up-required', acrValues: ['[redacted]'] });
    expect(shown(textsOf(error), secrets)).toEqual([]);
    expect(Object.keys(error)).not.toContain('response');
    expect(shown(textsOf(events), secrets)).toEqual([]);
  });

  it('of wrong options and wrong calls have none', async () => {
    const { client } = await createBench();
    for (const call of [
      () => client.fetch(`https://evil.example/?token=${secret}`),
      () => client.fetch(`/\r\n${secret}`),
      () => client.fetch('/', { headers: { 'x-a': `${secret}\r\n` } }),
      () => client.fetch('/', { headers: { authorization: secret } }),
    ])
      expect(shown(textsOf(await failureOf(call())), [secret])).toEqual([]);
  });
});

describe('cli-events: events of everything that can go wrong', () => {
  it('hold no secret, no query and no body', async () => {
    const { client, events } = await createBench({
      credentials: { scopes: ['a', 'b'] },
      issuer: (_seen, index) => grant(index, { access_token: `token-secret-${index + 1}`, scope: 'a' }),
      api: ({ headers }, index) => {
        if (index === 0) return refusal();
        if (index === 1) return { status: 429, headers: { 'retry-after': '0' } };
        const scope = headers.authorization?.slice('Bearer '.length);
        return { status: 403, headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` } };
      },
    });
    expect((await client.fetch(`/orders?token=${secret}`)).status).toBe(403);
    const kinds = ['token-request', 'scope-narrowed', 'retry', 'scope-needed'];
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(kinds));
    expect(shown(textsOf(events), [secret, 'token-secret', encoded])).toEqual([]);
  });
});

describe('redact', () => {
  it('takes out every secret, the longer before the shorter, and an empty one not at all', () => {
    expect(redact('abc ab abcd', ['ab', 'abc', ''])).toBe('[redacted] [redacted] [redacted]d');
  });

  it('cuts after the secrets are out, and takes out control characters', () => {
    const text = redact(`${'x'.repeat(295)}secret\u001b[0m`, ['secret']);
    expect(text).not.toContain('secr');
    expect(text.length).toBeLessThanOrEqual(301);
    expect(redact('a\r\nb\0c', [])).toBe('a b c');
  });

  it('copies no more than five causes, even where they go round', () => {
    const error = new Error('a secret');
    error.cause = error;
    let depth = 0;
    for (let link: unknown = redactError(error, ['secret']); link instanceof Error; link = link.cause) {
      expect(link.message).toBe('a [redacted]');
      depth += 1;
    }
    expect(depth).toBe(6);
  });
});
