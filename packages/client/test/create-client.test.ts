import { afterEach, describe, expect, it, vi } from 'vitest';

import { createClient, isClientError, none, type ClientOptions } from '../src/index.js';
import { createBench, createPlainBench, failureOf, grant, thrownBy } from './fixtures/client.js';
import { startServer } from './fixtures/server.js';

const good: ClientOptions = { origin: 'https://api.example', auth: none() };

describe('options', () => {
  it.each<[string, object, readonly (readonly [string, string])[]]>([
    ['a path in the origin', { origin: 'https://api.example/v1' }, [['origin', 'invalid-option']]],
    ['a query in the origin', { origin: 'https://api.example?x' }, [['origin', 'invalid-option']]],
    ['no URL', { origin: 'api.example' }, [['origin', 'invalid-option']]],
    ['another scheme', { origin: 'ftp://api.example' }, [['origin', 'invalid-option']]],
    ['no strategy', { auth: undefined }, [['auth', 'invalid-option']]],
    ['a strategy that is none', { auth: { type: 'x' } }, [['auth', 'invalid-option']]],
    ['attempts', { retry: { attempts: 0 } }, [['retry.attempts', 'invalid-option']]],
    ['attempts without end', { retry: { attempts: Number.POSITIVE_INFINITY } }, [['retry.attempts', 'invalid-option']]],
    ['waits', { retry: { maxWaitSeconds: -1 } }, [['retry.maxWaitSeconds', 'invalid-option']]],
    ['a misspelt member', { retry: { attempt: 1 } }, [['retry.attempt', 'unknown-option']]],
    ['no object', { retry: null }, [['retry.attempts', 'invalid-option']]],
    ['redirects', { redirects: 'follow' }, [['redirects', 'invalid-option']]],
    ['a time limit of zero', { timeoutSeconds: 0 }, [['timeoutSeconds', 'invalid-option']]],
    ['a time limit that is no number', { timeoutSeconds: Number.NaN }, [['timeoutSeconds', 'invalid-option']]],
    ['a clock', { clock: { now: () => 0 } }, [['clock', 'invalid-option']]],
    [
      'functions',
      { random: 1, fetch: 'x', onEvent: {} },
      [
        ['random', 'invalid-option'],
        ['fetch', 'invalid-option'],
        ['onEvent', 'invalid-option'],
      ],
    ],
    [
      'flags',
      { allowInsecureHttp: 'yes', allowInsecureTls: 1 },
      [
        ['allowInsecureHttp', 'invalid-option'],
        ['allowInsecureTls', 'invalid-option'],
      ],
    ],
    [
      'what nobody knows',
      { rejectUnauthorized: false, orgin: 'x' },
      [
        ['rejectUnauthorized', 'unknown-option'],
        ['orgin', 'unknown-option'],
      ],
    ],
    [
      'several at once',
      { origin: '', redirects: 1, x: 1 },
      [
        ['x', 'unknown-option'],
        ['origin', 'invalid-option'],
        ['redirects', 'invalid-option'],
      ],
    ],
  ])('%s: every fault is named', (_title, change, faults) => {
    const error = thrownBy(() => createClient({ ...good, ...change })) as {
      readonly faults: readonly { readonly path: string; readonly reason: string }[];
    };
    expect(error.faults.map(({ path, reason }) => [path, reason])).toEqual(faults);
  });

  it('may stand at the edge', () => {
    for (const change of [
      { origin: 'HTTPS://API.example:443/' },
      { retry: { attempts: 10, maxWaitSeconds: 0 } },
      { timeoutSeconds: 3600 },
      { redirects: 'same-origin' as const },
    ])
      expect(createClient({ ...good, ...change }).origin).toBe('https://api.example');
  });
});

describe('cli-http-origin: an origin with http (RFC 6750 §5.3)', () => {
  it.each([
    'http://api.example',
    'http://127.evil.example',
    'http://127.0.0.1.example',
    'http://localhost.example',
    'http://10.0.0.1',
  ])('%s is refused', (origin) => {
    expect(thrownBy(() => createClient({ ...good, origin }))).toMatchObject({
      name: 'ClientError',
      code: 'insecure-url',
    });
  });

  it.each([
    'http://127.0.0.1:80',
    'http://127.9.9.9:8080',
    'http://[::1]:8080',
    'http://localhost:8080',
    'http://0x7f.1/',
  ])('%s is this machine, and taken', (origin) => {
    expect(createClient({ ...good, origin }).origin).toBe(new URL(origin).origin);
  });

  it('is taken by an option that says so, which is told in an event', () => {
    const events: unknown[] = [];
    createClient({
      ...good,
      origin: 'http://api.example',
      allowInsecureHttp: true,
      onEvent: (event) => events.push(event),
    });
    expect(events).toEqual([
      expect.objectContaining({ version: 1, kind: 'insecure-option', option: 'allowInsecureHttp' }),
    ]);
  });

  it('cli-url-userinfo: holds no user name', () => {
    expect(thrownBy(() => createClient({ ...good, origin: 'https://u:p@api.example' }))).toMatchObject({
      code: 'credentials-in-url',
    });
  });
});

describe('cli-reject-unauthorized: NODE_TLS_REJECT_UNAUTHORIZED=0 (CWE-295)', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('makes no client', () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect(thrownBy(() => createClient(good))).toMatchObject({ code: 'insecure-tls' });
  });

  it('lets no call of a client through that was made before', async () => {
    const { api, issuer, client } = await createBench();
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect((await failureOf(client.fetch('/'))).code).toBe('insecure-tls');
    expect([api.seen.length, issuer.seen.length]).toEqual([0, 0]);
  });

  it('is allowed by an option that says so, and does nothing with another value', async () => {
    const { client } = await createPlainBench(none());
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '1');
    expect((await client.fetch('/')).status).toBe(200);
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const loose = await createPlainBench(none(), { options: { allowInsecureTls: true } });
    expect((await loose.client.fetch('/')).status).toBe(200);
    expect(loose.events).toEqual([expect.objectContaining({ kind: 'insecure-option', option: 'allowInsecureTls' })]);
  });
});

describe('cli-no-env-proxy: proxies of the environment (CWE-454)', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('are ignored: they see nothing', async () => {
    const proxy = await startServer(() => ({ status: 502 }));
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])
      vi.stubEnv(name, proxy.origin);
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('no_proxy', '');
    const { client } = await createBench();
    expect((await client.fetch('/')).status).toBe(200);
    expect(proxy.seen).toHaveLength(0);
  });
});

describe('cli-close: close', () => {
  it('lets calls under way finish, and refuses all that come after', async () => {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { api, client } = await createBench({ api: () => opened.then(() => ({ body: 'late' })) });
    const under = client.fetch('/');
    await api.arrived(1);
    let closed = false;
    const closing = client.close().then(() => (closed = true));
    expect((await failureOf(client.fetch('/'))).code).toBe('client-closed');
    await new Promise((resolve) => void setImmediate(resolve));
    expect(closed).toBe(false);
    open();
    expect(await (await under).text()).toBe('late');
    await closing;
    await client.close();
    expect(api.seen).toHaveLength(1);
  });

  it('ends a renewal in the background that nobody waits for', async () => {
    const { issuer, client, clock, events } = await createBench({
      issuer: (_seen, index) => (index === 0 ? grant(0) : 'hang'),
    });
    await client.fetch('/');
    clock.advance(950);
    await client.fetch('/');
    await issuer.arrived(2);
    await client.close();
    await expect
      .poll(() => events.map((event) => event.kind === 'token-request' && event.outcome))
      .toEqual(['obtained', 'aborted']);
  });

  it('is done at the end of a block by await using', async () => {
    const { client } = await createBench();
    await client[Symbol.asyncDispose]();
    expect((await failureOf(client.fetch('/'))).code).toBe('client-closed');
  });

  it('holds for functions that were taken out', async () => {
    const { client } = await createBench();
    const { fetch: call, close } = client;
    expect((await call('/')).status).toBe(200);
    await close();
    expect(isClientError(await call('/').catch((error: unknown) => error))).toBe(true);
  });
});

describe('cli-events: events', () => {
  it('of a listener that throws are nobody else’s trouble', async () => {
    const { client } = await createBench({
      options: {
        onEvent: () => {
          throw new Error('a listener that fails');
        },
      },
    });
    expect((await client.fetch('/')).status).toBe(200);
  });

  it('have a version, a kind, and the time of the clock', async () => {
    const { client, events, issuer } = await createBench();
    await client.fetch('/');
    expect(events).toEqual([
      {
        version: 1,
        time: '2026-01-01T00:00:00.000Z',
        kind: 'token-request',
        endpoint: `${issuer.origin}/token`,
        clientId: 'job',
        outcome: 'obtained',
        durationSeconds: 0,
      },
    ]);
    expect(Object.isFrozen(events[0])).toBe(true);
  });
});
