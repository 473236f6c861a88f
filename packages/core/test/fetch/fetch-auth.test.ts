import { describe, expect, expectTypeOf, test } from 'vitest';

import {
  apiKey,
  createAuth,
  failure,
  generateApiKey,
  type Allow,
  type AttemptEvent,
  type NoClaims,
  type Principal,
  type Scheme,
  type Verified,
} from '../../src/index.js';
import { fetchAuth, toResponse, type FetchHandler, type FetchRoutes } from '../../src/fetch.js';

const loopback = { remoteAddress: '127.0.0.1', encrypted: false };
const key = generateApiKey('acme');
const proof = { 'x-api-key': key };

function create() {
  const events: AttemptEvent[] = [];
  const auth = createAuth({
    schemes: { keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }] }) },
    audit: (event) => {
      if (event.kind === 'attempt') events.push(event);
    },
  });
  return { auth, events, ...fetchAuth(auth) };
}

const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Request =>
  new Request(`https://api.example${path}`, { method, headers });

async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { code: unknown }).code;
}

/** A scheme whose proof comes when it is told to. */
function createLate() {
  let settle: (verified: Verified) => void = () => undefined;
  const verdict = new Promise<Verified>((resolve) => {
    settle = resolve;
  });
  const scheme: Scheme<'badge'> = {
    type: 'badge',
    extract: () => ({ kind: 'credentials', field: 'x-badge', credentials: 'b', identifier: 'b' }),
    verify: () => verdict,
    challenge: (realm) => ({
      headers: [
        ['www-authenticate', `Badge realm="${realm}"`],
        ['www-authenticate', 'OldBadge'],
      ],
    }),
  };
  const principal = { issuer: null, subject: 'alice', scopes: new Set<string>(), roles: new Set<string>(), claims: {} };
  return {
    scheme,
    prove: () => settle({ kind: 'verified', principal, headers: [['x-seen', 'yes']] }),
    refuse: () => settle(failure('badge-unknown', { code: 'invalid-credentials' })),
  };
}

describe('protect', () => {
  test('a refusal has its status, its challenges, the exact content type and the bytes of its body', async () => {
    const { protect, events } = create();
    const response = await protect({ scheme: 'keys' }, () => new Response('never'))(get('/x'));
    expect(response.status).toBe(401);
    expect([...response.headers]).toEqual([
      ['cache-control', 'no-store'],
      ['content-type', 'application/problem+json'],
      ['www-authenticate', 'ApiKey realm="api"'],
    ]);
    expect(await response.text()).toBe(
      '{"type":"urn:auth:problem:missing-credentials","title":"Credentials are required","status":401,' +
        `"code":"missing-credentials","instance":"${events[0]?.instance}"}`,
    );
  });

  test('a handler gets the decision, answers at once where nothing waits, and its response is handed on as it is', () => {
    const { protect } = create();
    const own = new Response('x');
    let allow: Allow | undefined;
    const guarded = protect({ scheme: 'keys' }, (_request, decision) => {
      allow = decision;
      expectTypeOf(decision.principal).toEqualTypeOf<Principal<NoClaims, 'keys', 'apiKey'>>();
      return own;
    });
    const request = get('/x', proof);
    expect(guarded(request)).toBe(own);
    expect(allow?.principal?.subject).toBe('svc-1');
    expect(guarded.decision(request)).toBe(allow);
    expect(guarded.principal(request).credentialId).toBe('k1');
  });

  test('a handler gets the request whose body it reads itself', async () => {
    const { protect } = create();
    const guarded = protect({ scheme: 'keys' }, async (request) => new Response(await request.text()));
    const request = new Request('https://api.example/x', { method: 'POST', headers: proof, body: '{ "a": 1 }' });
    expect(await (await guarded(request)).text()).toBe('{ "a": 1 }');
  });

  test('a refusal of HEAD has no body', async () => {
    const { protect } = create();
    const response = await protect({ scheme: 'keys' }, () => new Response('never'))(get('/x', {}, 'HEAD'));
    expect(response.status).toBe(401);
    expect(response.body).toBeNull();
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  test('the fields of a pass stand beside those of the handler, also on a response that cannot be changed', async () => {
    const { scheme, prove } = createLate();
    const { protect } = fetchAuth(createAuth({ schemes: { badges: scheme } }));
    prove();
    const unchangeable = await fetch('data:text/plain,hello');
    expect(() => unchangeable.headers.set('x', 'y')).toThrow(TypeError);
    const response = await protect({ scheme: 'badges' }, () => unchangeable)(get('/x'));
    expect(response.headers.get('x-seen')).toBe('yes');
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(await response.text()).toBe('hello');
  });

  test('a handler runs once, and never before a scheme that is late has proved', async () => {
    const { scheme, prove } = createLate();
    const { protect } = fetchAuth(createAuth({ schemes: { badges: scheme } }));
    let runs = 0;
    const answer = protect({ scheme: 'badges' }, () => new Response(String(++runs)))(get('/x'));
    await Promise.resolve();
    expect(runs).toBe(0);
    prove();
    expect(await (await answer).text()).toBe('1');
  });

  test('a scheme that is late refuses with every challenge line', async () => {
    const { scheme, refuse } = createLate();
    const { protect } = fetchAuth(createAuth({ schemes: { badges: scheme } }));
    const answer = protect({ scheme: 'badges' }, () => new Response('never'))(get('/x'));
    refuse();
    const response = await answer;
    expect(response.headers.get('www-authenticate')).toBe('Badge realm="api", OldBadge');
    expect(await codeOf(response)).toBe('invalid-credentials');
  });

  test('no handler runs for a caller who has gone while a scheme waited', async () => {
    const { scheme, prove } = createLate();
    const { protect } = fetchAuth(createAuth({ schemes: { badges: scheme } }));
    const gone = new AbortController();
    let runs = 0;
    const guarded = protect({ scheme: 'badges' }, () => new Response(String(++runs)));
    const answer = guarded(new Request('https://api.example/x', { signal: gone.signal }));
    gone.abort();
    prove();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(runs).toBe(0);
  });

  test('a logger that asks before the guard changes nothing of what the guard knows of the connection', async () => {
    const { protect, principal, events } = create();
    const request = new Request('http://api.example/orders', { headers: proof });
    expect(principal(request)).toBeNull();
    const response = await protect({ scheme: 'keys' }, () => new Response('in'))(request, loopback);
    expect(response.status).toBe(200);
    expect(events).toMatchObject([{ outcome: 'allow', address: '127.0.0.1' }]);
  });

  test('principal and decision throw on a route that the guard does not guard; the principal of all answers null', () => {
    const { protect, principal } = create();
    const [own, other] = [
      protect({ scheme: 'keys' }, () => new Response()),
      protect({ public: true }, () => new Response()),
    ];
    const request = get('/x', proof);
    expect(principal(request)).toBeNull();
    void own(request);
    expect(principal(request)?.subject).toBe('svc-1');
    for (const ask of [() => other.principal(request), () => other.decision(request), () => own.principal(get('/x'))]) {
      expect(ask).toThrow(
        expect.objectContaining({
          code: 'configuration-error',
          faults: [expect.objectContaining({ path: 'protect', reason: 'not-guarded' })],
        }),
      );
    }
  });
});

describe('the connection', () => {
  test.each([
    ['an http: URL of an unknown connection', 'http://api.example/x', undefined, 'tls-required'],
    ['an http: URL of a peer elsewhere', 'http://api.example/x', { remoteAddress: '192.0.2.1' }, 'tls-required'],
    [
      'an https: URL over a connection that is not encrypted',
      'https://api.example/x',
      { encrypted: false },
      'tls-required',
    ],
    ['an https: URL of an unknown connection', 'https://api.example/x', undefined, undefined],
    ['an http: URL of a peer on loopback', 'http://api.example/x', loopback, undefined],
    ['an http: URL over an encrypted connection', 'http://api.example/x', { encrypted: true }, undefined],
  ])('%s decides whether the transport is secure', async (_title, url, connection, code) => {
    const { protect, events } = create();
    const response = await protect({ scheme: 'keys' }, () => Response.json({}))(
      new Request(url, { headers: proof }),
      connection,
    );
    expect({ status: response.status, code: await codeOf(response) }).toEqual({
      status: code === undefined ? 200 : 403,
      code,
    });
    expect(events[0]?.reason).toBe(code === undefined ? 'ok' : 'insecure-transport');
    expect(events[0]?.address).toBe(connection && 'remoteAddress' in connection ? connection.remoteAddress : null);
  });
});

describe('denyByDefault', () => {
  test.each([
    ['handlers by path', (handler: () => Response) => ({ '/x': handler })],
    ['handlers by path and method', (handler: () => Response) => ({ '/x': { GET: handler } })],
  ] as readonly (readonly [string, (handler: () => Response) => FetchRoutes])[])(
    'of %s refuses what protect did not make, also a guarded handler within another function',
    async (_title, routesOf) => {
      const { protect, denyByDefault, events } = create();
      let runs = 0;
      const handler = (): Response => new Response(String(++runs));
      const guarded = protect({ public: true }, handler);
      const within = (): Response => guarded(get('/x')) as Response;
      const foreign = create().protect({ public: true }, handler) as unknown as () => Response;
      for (const unguarded of [handler, within, foreign]) {
        const { handlers, routes } = denyByDefault(routesOf(unguarded));
        const entry = handlers['/x'] as FetchHandler | Readonly<Record<'GET', FetchHandler>>;
        const response = await (typeof entry === 'function' ? entry : entry.GET)(get('/x', proof));
        expect({ status: response.status, code: await codeOf(response) }).toEqual({
          status: 403,
          code: 'permission-denied',
        });
        expect(routes[0]?.requirement).toBeNull();
      }
      expect(runs).toBe(0);
      expect(events.map(({ reason }) => reason)).toEqual(['no-requirement', 'no-requirement', 'no-requirement']);
    },
  );

  test('leaves guarded handlers as they are, and lists all routes with their requirements', () => {
    const { protect, denyByDefault } = create();
    const readOrders = { scheme: 'keys', scopes: ['orders:read'] } as const;
    const guarded = protect(readOrders, () => new Response());
    const open = protect({ public: true }, () => new Response());
    const given = { '/orders': { GET: guarded, POST: () => new Response() }, '/open': open };
    const { handlers, routes } = denyByDefault(given);
    expect(handlers['/orders'].GET).toBe(guarded);
    expect(handlers['/open']).toBe(open);
    expect(routes).toEqual([
      { method: 'GET', path: '/orders', requirement: readOrders },
      { method: 'POST', path: '/orders', requirement: null },
      { method: '*', path: '/open', requirement: { public: true } },
    ]);
  });

  test('answers routes that cannot be changed, and does not change those it was given', () => {
    const { protect, denyByDefault } = create();
    const guarded = protect({ public: true }, () => new Response());
    const late = (): Response => new Response('late');
    const given = { '/x': { GET: guarded, PUT: late } };
    const { handlers, routes } = denyByDefault(given);
    Object.assign(given['/x'], { POST: late });
    expect(Object.keys(handlers['/x'])).toEqual(['GET', 'PUT']);
    expect(given['/x'].PUT).toBe(late);
    for (const change of [
      () => Object.assign(handlers, { '/y': late }),
      () => Object.assign(handlers['/x'], { POST: late }),
      () => Object.assign(handlers['/x'], { GET: late }),
      () => (routes as unknown[]).push(late),
    ]) {
      expect(change).toThrow(TypeError);
    }
  });

  test('refuses HEAD without a body', async () => {
    const { denyByDefault } = create();
    const { handlers } = denyByDefault({ '/x': () => new Response('x') });
    const response = await handlers['/x'](get('/x', {}, 'HEAD'));
    expect({ status: response.status, body: response.body }).toEqual({ status: 403, body: null });
  });
});

describe('mount', () => {
  test('serves handlers by path, and undefined where the path is none of theirs', async () => {
    const { mount } = create();
    const serve = mount({
      '/keys': async (request) => ({
        status: 203,
        headers: [
          ['content-type', 'application/json'],
          ['x-line', 'one'],
          ['x-line', 'two'],
        ],
        body: new TextEncoder().encode(`${request.method} ${request.target} ${request.connection.remoteAddress}`),
      }),
    });
    const response = await serve(get('/keys?x=1'), loopback);
    expect(response?.status).toBe(203);
    expect(response?.headers.get('x-line')).toBe('one, two');
    expect(await response?.text()).toBe('GET /keys?x=1 127.0.0.1');
    expect((await serve(get('/keys', {}, 'HEAD')))?.body).toBeNull();
    for (const path of ['/', '/keys/', '/toString', '/__proto__']) expect(await serve(get(path))).toBeUndefined();
  });

  test.each([204, 304])('answers %s without a body, as Response asks for it', (status) => {
    expect(toResponse({ status, headers: [], body: new Uint8Array() }, 'GET').status).toBe(status);
  });
});
