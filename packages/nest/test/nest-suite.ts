import { createHash } from 'node:crypto';
import { connect, type Server } from 'node:net';

import {
  apiKey,
  createAuth,
  failure,
  generateApiKey,
  type Allow,
  type AuditEvent,
  type AuthRequest,
  type PrincipalOf,
  type Scheme,
} from '@auth/core';
import {
  AuthGuard,
  AuthModule,
  CurrentDecision,
  CurrentPrincipal,
  NestAuth,
  Protect,
  RefusalException,
  type NestRequest,
} from '@auth/nest';
import {
  All,
  Body,
  Catch,
  Controller,
  Delete,
  Get,
  Head,
  HttpCode,
  Inject,
  Injectable,
  Post,
  Req,
  Scope,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { describe, expect, test } from 'vitest';

import { exchange, listen } from './exchange.js';
import { create, createGuardedApi, moduleOf, serve, type Platform } from './guarded-api.js';
import { alice, badgeChallenge, createWaitingScheme } from './waiting-scheme.js';

const badge = { 'x-badge': 'b1' };
const keys = { scheme: 'keys' } as const;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A scheme that takes everybody for alice. */
const everybody = (seen: (request: AuthRequest) => void): Scheme<'badge'> => ({
  type: 'badge',
  extract: () => ({ kind: 'credentials', field: 'x-badge', credentials: 'b1', identifier: 'b1' }),
  async verify(_badge, request) {
    seen(request);
    return { kind: 'verified', principal: { ...alice, scopes: new Set(['a']) } };
  },
  challenge: badgeChallenge,
});

/** What every version of Nest and each of its platforms does. */
export function describeNest(version: string): void {
  describe.each<Platform>(['Express', 'Fastify'])(`${version} on %s`, (platform) => {
    test('a refusal leaves with its status, each challenge on a line by itself and in order, and the bytes of its body', async () => {
      const key = generateApiKey('acme');
      const { scheme } = createWaitingScheme();
      const events: AuditEvent[] = [];
      const auth = createAuth({
        schemes: { badges: scheme, keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1' }] }) },
        audit: (event) => void events.push(event),
      });
      @Controller('a')
      class Routes {
        @Get('x/:id')
        @Protect({ anyOf: [{ scheme: 'badges' }, { scheme: 'keys' }] })
        x(): string {
          return 'never';
        }
      }
      const { ask } = await serve(platform, auth, { controllers: [Routes] });
      const refused = await ask('GET', '/a/x/7?full=1');
      expect(refused.status).toBe(401);
      expect(refused.all('www-authenticate')).toEqual([
        'Badge realm="api"',
        'OldBadge realm="api", error="none"',
        'ApiKey realm="api"',
      ]);
      expect(refused.all('accept-badge')).toEqual(['red']);
      expect(refused.all('content-type')).toEqual(['application/problem+json']);
      expect(refused.all('cache-control')).toEqual(['no-store']);
      expect(refused.text).toBe(
        '{"type":"urn:auth:problem:missing-credentials","title":"Credentials are required","status":401,' +
          `"code":"missing-credentials","instance":"${events[0]?.instance}"}`,
      );
      expect(events[0]).toMatchObject({ reason: 'no-credentials', route: '/a/x/:id', method: 'GET', path: '/a/x/7' });
      expect(await ask('HEAD', '/a/x/7')).toMatchObject({ status: 401, text: '' });
    });

    describe('without a requirement', () => {
      const ran: string[] = [];

      @Controller()
      class Forgotten {
        @Get('get')
        get(): string {
          ran.push('get');
          return 'get';
        }

        @Post('post')
        post(): string {
          ran.push('post');
          return 'post';
        }

        @All('all')
        all(): string {
          ran.push('all');
          return 'all';
        }

        @Head('head')
        head(): void {
          ran.push('head');
        }

        @Get('guarded')
        @Protect(keys)
        guarded(): string {
          ran.push('guarded');
          return 'guarded';
        }

        @Delete('guarded')
        remove(): string {
          ran.push('remove');
          return 'remove';
        }
      }

      @Controller({ path: 'scoped', scope: Scope.REQUEST })
      class Scoped extends Forgotten {}

      test.each([
        ['GET', '/get'],
        ['HEAD', '/get'],
        ['POST', '/post'],
        ['PUT', '/all'],
        ['OPTIONS', '/all'],
        ['HEAD', '/head'],
        ['DELETE', '/guarded'],
        ['GET', '/scoped/get'],
      ])('%s %s is refused, also to a caller with a credential', async (method, path) => {
        const api = createGuardedApi();
        const { ask } = await serve(platform, api.auth, { controllers: [Forgotten, Scoped] });
        for (const headers of [{}, api.proof]) {
          const { status, all, code } = await ask(method, path, { headers });
          expect({ status, type: all('content-type') }).toEqual({ status: 403, type: ['application/problem+json'] });
          expect(code).toBe(method === 'HEAD' ? undefined : 'permission-denied');
          expect(all('www-authenticate')).toEqual([]);
        }
        expect(ran).toEqual([]);
        expect(api.events.map(({ reason, status, scheme }) => [reason, status, scheme])).toEqual([
          ['no-requirement', 403, null],
          ['no-requirement', 403, null],
        ]);
      });

      test('what is no route stays 404', async () => {
        const { auth, events } = createGuardedApi();
        const { ask } = await serve(platform, auth, { controllers: [Forgotten] });
        expect((await ask('GET', '/nowhere')).status).toBe(404);
        expect((await ask('PATCH', '/guarded')).status).toBe(404);
        expect(events).toEqual([]);
      });
    });

    test('the requirement of a handler replaces that of its controller, and a class inherits its handlers with theirs', async () => {
      const api = createGuardedApi();
      class Base {
        @Get('own')
        @Protect({ scheme: 'keys', scopes: ['orders:read'] })
        own(): string {
          return 'own';
        }

        @Get('inherited')
        inherited(): string {
          return 'inherited';
        }
      }
      @Controller('a')
      @Protect({ scheme: 'keys', scopes: ['orders:write'] })
      class A extends Base {
        @Get('open')
        @Protect({ public: true })
        open(): string {
          return 'open';
        }

        @Get('hidden')
        @Protect({ scheme: 'keys', scopes: ['orders:write'] }, { hideForbidden: true })
        hidden(): string {
          return 'hidden';
        }
      }
      @Controller('b')
      @Protect(keys)
      class B extends Base {}
      @Controller('c')
      class C extends Base {}
      const { app, ask } = await serve(platform, api.auth, { controllers: [A, B, C] });
      const statuses = await Promise.all(
        ['/a/own', '/a/inherited', '/a/open', '/a/hidden', '/b/own', '/b/inherited', '/c/own', '/c/inherited'].map(
          async (path) => [path, (await ask('GET', path, { headers: api.proof })).status, (await ask('GET', path)).status],
        ),
      );
      expect(statuses).toEqual([
        ['/a/own', 200, 401],
        ['/a/inherited', 403, 401],
        ['/a/open', 200, 200],
        ['/a/hidden', 404, 401],
        ['/b/own', 200, 401],
        ['/b/inherited', 200, 401],
        ['/c/own', 200, 401],
        ['/c/inherited', 403, 403],
      ]);
      const readOrders = { scheme: 'keys', scopes: ['orders:read'] };
      const writeOrders = { scheme: 'keys', scopes: ['orders:write'] };
      expect(
        app
          .get(NestAuth)
          .routes()
          .map(({ method, path, requirement }) => [method, path, requirement]),
      ).toEqual([
        ['GET', '/a/open', { public: true }],
        ['GET', '/a/hidden', writeOrders],
        ['GET', '/a/own', readOrders],
        ['GET', '/a/inherited', writeOrders],
        ['GET', '/b/own', readOrders],
        ['GET', '/b/inherited', keys],
        ['GET', '/c/own', readOrders],
        ['GET', '/c/inherited', null],
      ]);
    });

    test('the list has every path and method of a handler', async () => {
      @Controller(['orders', '/v2/orders/'])
      class Orders {
        @Get()
        list(): string {
          return 'list';
        }

        @All([':id', ':id/lines'])
        @Protect(keys)
        one(): string {
          return 'one';
        }

        noRoute(): string {
          return 'no route';
        }
      }
      const { app } = await serve(platform, createGuardedApi().auth, { controllers: [Orders] });
      const routes = app.get(NestAuth).routes();
      expect(routes.map(({ method, path, requirement }) => [method, path, requirement])).toEqual([
        ['GET', '/orders', null],
        ['GET', '/v2/orders', null],
        ['*', '/orders/:id', keys],
        ['*', '/orders/:id/lines', keys],
        ['*', '/v2/orders/:id', keys],
        ['*', '/v2/orders/:id/lines', keys],
      ]);
    });

    test('a handler learns who was let through and the whole pass; loggers and interceptors too', async () => {
      const api = createGuardedApi();
      type Reader = PrincipalOf<typeof api.auth, typeof keys>;
      const seen: unknown[] = [];
      @Controller()
      class Routes {
        readonly auth: NestAuth;

        constructor(@Inject(NestAuth) auth: NestAuth) {
          this.auth = auth;
        }

        @Get('x')
        @Protect(keys)
        x(@CurrentPrincipal() reader: Reader, @CurrentDecision() pass: Allow, @Req() req: NestRequest): unknown {
          return [reader.subject, pass.kind, pass.principals.length, this.auth.principal(req)?.subject];
        }

        @Get('open')
        @Protect({ public: true })
        open(@CurrentPrincipal() nobody: null, @Req() req: NestRequest): unknown {
          return { nobody, any: this.auth.principal(req) };
        }
      }
      @Injectable()
      class Watch {
        readonly auth: NestAuth;

        constructor(@Inject(NestAuth) auth: NestAuth) {
          this.auth = auth;
        }

        intercept(context: ExecutionContext, next: { handle(): unknown }): unknown {
          seen.push(this.auth.decision(context).principal?.subject ?? null);
          return next.handle();
        }
      }
      const watch = { provide: APP_INTERCEPTOR, useClass: Watch };
      const { ask } = await serve(platform, api.auth, { controllers: [Routes], providers: [watch] });
      expect(JSON.parse((await ask('GET', '/x', { headers: api.proof })).text)).toEqual(['svc-1', 'allow', 1, 'svc-1']);
      expect(JSON.parse((await ask('GET', '/open', { headers: api.proof })).text)).toEqual({ nobody: null, any: null });
      expect((await ask('GET', '/x')).status).toBe(401);
      expect(seen).toEqual(['svc-1', null]);
    });

    test('refusals keep the CORS fields of the application, and its preflight comes before the guard', async () => {
      const api = createGuardedApi();
      @Controller()
      class Routes {
        @Get('open')
        open(): string {
          return 'open';
        }

        @Get('x')
        @Protect(keys)
        x(): string {
          return 'x';
        }
      }
      const { ask } = await serve(
        platform,
        api.auth,
        { controllers: [Routes] },
        { before: (app) => app.enableCors({ origin: 'https://app.example' }) },
      );
      const headers = { origin: 'https://app.example' };
      for (const [path, status] of [
        ['/open', 403],
        ['/x', 401],
      ] as const) {
        const refused = await ask('GET', path, { headers });
        expect(refused.status).toBe(status);
        expect(refused.all('access-control-allow-origin')).toEqual(['https://app.example']);
        expect(refused.all('content-type')).toEqual(['application/problem+json']);
      }
      const preflight = await ask('OPTIONS', '/x', { headers: { ...headers, 'access-control-request-method': 'GET' } });
      expect(preflight.status).toBe(204);
      expect(api.events).toHaveLength(2);
    });

    test('a filter of the application sees a refusal with its status and problem, and may hand on the whole answer', async () => {
      const api = createGuardedApi();
      const seen: unknown[] = [];
      @Catch()
      class CatchAll implements ExceptionFilter {
        catch(exception: unknown, host: ArgumentsHost): unknown {
          if (exception instanceof RefusalException)
            seen.push([exception.getStatus(), (exception.getResponse() as { code: string }).code, exception.refuse.code]);
          const res = host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): unknown } }>();
          return res.status(418).send('of the application');
        }
      }
      @Controller()
      @UseFilters(new CatchAll())
      class Routes {
        @Get('x')
        @Protect(keys)
        x(): string {
          return 'x';
        }
      }
      const { ask } = await serve(platform, api.auth, { controllers: [Routes] });
      expect(await ask('GET', '/x')).toMatchObject({ status: 418, text: 'of the application' });
      expect(seen).toEqual([[401, 'missing-credentials', 'missing-credentials']]);
    });

    test('what a handler throws is answered by Nest as ever', async () => {
      const api = createGuardedApi();
      @Controller()
      class Routes {
        @Get('x')
        @Protect(keys)
        x(): never {
          throw new Error('of the handler');
        }
      }
      const { ask } = await serve(platform, api.auth, { controllers: [Routes] });
      const { status, text } = await ask('GET', '/x', { headers: api.proof });
      expect({ status, body: JSON.parse(text) as unknown }).toEqual({
        status: 500,
        body: { statusCode: 500, message: 'Internal server error' },
      });
    });

    test('AuthGuard by hand beside the guard of the module verifies once and writes one event', async () => {
      let verified = 0;
      const events: AuditEvent[] = [];
      const auth = createAuth({
        schemes: { badges: everybody(() => verified++) },
        audit: (event) => void events.push(event),
      });
      @Controller()
      @UseGuards(AuthGuard)
      class Routes {
        @Get('x')
        @UseGuards(AuthGuard)
        @Protect({ scheme: 'badges', scopes: ['a'] })
        x(@CurrentPrincipal() { subject }: { subject: string }): string {
          return subject;
        }
      }
      const { ask } = await serve(platform, auth, { controllers: [Routes] });
      expect((await ask('GET', '/x')).text).toBe('alice');
      expect(verified).toBe(1);
      expect(events.map(({ reason }) => reason)).toEqual(['ok']);
    });

    test('a scheme reads target, route and parameters of the request, below the prefix of the application', async () => {
      const seen: unknown[] = [];
      const scheme = everybody(({ target, route, parameters, url }) => {
        seen.push([target, route, { ...parameters }, url.href.replace(/:\d+/, '')]);
      });
      @Controller('orders')
      @Protect({ scheme: 'badges' })
      class Orders {
        @Get(':id')
        one(): string {
          return 'one';
        }
      }
      const auth = createAuth({ schemes: { badges: scheme } });
      const before = (app: INestApplication): unknown => app.setGlobalPrefix('api');
      const { ask } = await serve(platform, auth, { controllers: [Orders] }, { before });
      expect((await ask('GET', '/api/orders/%37?full=1')).status).toBe(200);
      expect(seen).toEqual([
        ['/api/orders/%37?full=1', '/api/orders/:id', { id: '7' }, 'http://127.0.0.1/api/orders/%37?full=1'],
      ]);
    });

    describe('a scheme that is late', () => {
      const serveWaiting = async () => {
        const waiting = createWaitingScheme();
        const events: AuditEvent[] = [];
        const errors: unknown[] = [];
        const ran: string[] = [];
        const auth = createAuth({
          schemes: { badges: waiting.scheme },
          audit: (event) => void events.push(event),
          onError: (error) => void errors.push(error),
        });
        @Controller()
        class Routes {
          @Get('x')
          @Protect({ scheme: 'badges' })
          x(@CurrentPrincipal() { subject }: { subject: string }): string {
            ran.push(subject);
            return 'x';
          }

          @Get('open')
          @Protect({ public: true })
          open(): string {
            return 'open';
          }
        }
        return { waiting, events, errors, ran, ...(await serve(platform, auth, { controllers: [Routes] })) };
      };

      test('keeps the handler from running; then it runs once, with the fields of the pass', async () => {
        const { waiting, ran, ask, events } = await serveWaiting();
        const answer = ask('GET', '/x', { headers: badge });
        await waiting.asked;
        expect((await ask('GET', '/open')).text).toBe('open');
        expect(ran).toEqual([]);
        waiting.prove();
        const { status, text, all } = await answer;
        expect({ status, text, seen: all('x-badge-seen') }).toEqual({ status: 200, text: 'x', seen: ['yes'] });
        expect(ran).toEqual(['alice']);
        expect(events.map(({ reason }) => reason)).toEqual(['public', 'ok']);
      });

      test('refuses with its challenge', async () => {
        const { waiting, ran, ask } = await serveWaiting();
        const answer = ask('GET', '/x', { headers: badge });
        await waiting.asked;
        waiting.refuse();
        const { status, code, all } = await answer;
        expect({ status, code }).toEqual({ status: 401, code: 'invalid-credentials' });
        expect(all('www-authenticate')).toEqual(['Badge realm="api"', 'OldBadge realm="api", error="badge-unknown"']);
        expect(ran).toEqual([]);
      });

      test('refuses with internal-error where it rejects, and the operator alone learns why', async () => {
        const { waiting, ran, ask, errors, events } = await serveWaiting();
        const answer = ask('GET', '/x', { headers: badge });
        await waiting.asked;
        const error = new Error('the store says hello');
        waiting.fail(error);
        const { status, code, text, all } = await answer;
        expect({ status, code }).toEqual({ status: 500, code: 'internal-error' });
        expect(text).not.toContain('hello');
        expect(all('www-authenticate')).toEqual([]);
        expect(errors).toEqual([error]);
        expect(events.map(({ reason, outcome }) => [outcome, reason])).toEqual([['error', 'unexpected']]);
        expect(ran).toEqual([]);
      });

      test.each([
        ['proves', (waiting: ReturnType<typeof createWaitingScheme>) => waiting.prove()],
        ['refuses', (waiting: ReturnType<typeof createWaitingScheme>) => waiting.refuse()],
        ['rejects', (waiting: ReturnType<typeof createWaitingScheme>) => waiting.fail(new Error('gave up'))],
      ])('brings no handler to run for a caller who has gone when it %s', async (_title, end) => {
        const { waiting, ran, port, app, ask } = await serveWaiting();
        const closed = new Promise((resolve) => {
          (app.getHttpServer() as Server).once('connection', (socket) => socket.once('close', resolve));
        });
        const socket = connect(port, '127.0.0.1');
        socket.write('GET /x HTTP/1.1\r\nHost: a\r\nX-Badge: b1\r\n\r\n');
        const signal = await waiting.asked;
        socket.destroy();
        await closed;
        expect(signal?.aborted).toBe(true);
        end(waiting);
        expect((await ask('GET', '/open')).text).toBe('open');
        expect(ran).toEqual([]);
      });
    });

    test.each<readonly [title: string, requirement: object, told: string]>([
      ['a scheme that does not exist', { scheme: 'nobody' }, 'Orders.list: '],
      ['a misspelt member', { scheme: 'keys', scope: ['a'] }, 'Orders.list: '],
      ['no form at all', {}, 'Orders.list: '],
    ])('%s in a requirement fails the start, and says where', async (_title, requirement, told) => {
      @Controller('orders')
      class Orders {
        @Get()
        @Protect(requirement as { public: true })
        list(): string {
          return 'list';
        }
      }
      const { auth } = createGuardedApi();
      const app = await create(platform, moduleOf({ imports: [AuthModule.forRoot(auth)], controllers: [Orders] }));
      const error: unknown = await app.init().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'configuration-error' });
      expect((error as Error).message).toContain(told);
      await app.close();
    });

    test('a wrong requirement on a provider, such as a resolver or a gateway, fails the start too', async () => {
      @Injectable()
      @Protect({ scheme: 'nobody' })
      class Resolver {
        orders(): string {
          return 'orders';
        }
      }
      const { auth } = createGuardedApi();
      const app = await create(platform, moduleOf({ imports: [AuthModule.forRoot(auth)], providers: [Resolver] }));
      await expect(app.init()).rejects.toThrow('Resolver.orders: ');
      await app.close();
    });

    test('forRootAsync makes the guard of what it injects from what it imports', async () => {
      const api = createGuardedApi();
      class Vault {
        readonly auth = api.auth;
      }
      const vault = moduleOf({ providers: [Vault], exports: [Vault] });
      @Controller()
      class Routes {
        @Get('x')
        @Protect(keys)
        x(): string {
          return 'x';
        }
      }
      const asyncModule = AuthModule.forRootAsync({
        imports: [vault],
        inject: [Vault],
        useFactory: async ({ auth }: Vault) => auth,
      });
      const app = await create(platform, moduleOf({ imports: [asyncModule], controllers: [Routes] }));
      const port = await listen(app);
      expect((await exchange(port, 'GET', '/x')).status).toBe(401);
      expect((await exchange(port, 'GET', '/x', { headers: api.proof })).text).toBe('x');
    });

    test('controllers of other modules are guarded as those of the root', async () => {
      const api = createGuardedApi();
      @Controller('inner')
      class Inner {
        @Get('open')
        open(): string {
          return 'open';
        }

        @Get('x')
        @Protect(keys)
        x(): string {
          return 'x';
        }
      }
      const { app, ask } = await serve(platform, api.auth, { imports: [moduleOf({ controllers: [Inner] })] });
      expect((await ask('GET', '/inner/open', { headers: api.proof })).status).toBe(403);
      expect((await ask('GET', '/inner/x')).status).toBe(401);
      expect((await ask('GET', '/inner/x', { headers: api.proof })).text).toBe('x');
      expect(app.get(NestAuth).routes()).toHaveLength(2);
    });

    test('closing the application closes its guard: every scheme is told, when the last answer has gone', async () => {
      const { scheme } = createWaitingScheme();
      let closes = 0;
      const closing = { ...scheme, close: () => void closes++ };
      const { app } = await serve(platform, createAuth({ schemes: { badges: closing } }), {});
      expect(closes).toBe(0);
      await app.close();
      expect(closes).toBe(1);
    });

    test('mount serves handlers by path, below the path it is used at, and leaves all others alone', async () => {
      const api = createGuardedApi();
      const handlers = {
        '/keys': async (request: AuthRequest) => ({
          status: 203,
          headers: [
            ['content-type', 'application/json'],
            ['x-line', 'one'],
            ['x-line', 'two'],
          ] as const,
          body: new TextEncoder().encode(
            JSON.stringify([request.method, request.target, Buffer.from(await request.body()).toString()]),
          ),
        }),
        '/broken': () => Promise.reject(new Error('no keys')),
      };
      const before = (app: INestApplication): unknown => app.use('/meta', app.get(NestAuth).mount(handlers));
      const { ask } = await serve(platform, api.auth, {}, { before });
      const served = await ask('GET', '/meta/keys?x=1');
      expect(served).toMatchObject({ status: 203, text: '["GET","/meta/keys?x=1",""]' });
      expect(served.all('x-line')).toEqual(['one', 'two']);
      expect(served.all('content-type')).toEqual(['application/json']);
      const headers = { 'content-type': 'application/json' };
      const posted = await ask('POST', '/meta/keys', { headers, body: '{ "a": 1 }' });
      expect(JSON.parse(posted.text)).toEqual(['POST', '/meta/keys', '{ "a": 1 }']);
      expect((await ask('GET', '/meta/broken')).status).toBe(500);
      for (const path of ['/keys', '/meta', '/meta/toString', '/meta/__proto__']) {
        expect((await ask('GET', path)).status).toBe(404);
      }
      expect(api.events).toEqual([]);
    });

    describe('schemes that sign bodies', () => {
      const digests: Scheme<'digest'> = {
        type: 'digest',
        extract(request) {
          const digest = request.headers.get('x-digest');
          return digest === undefined
            ? { kind: 'absent' }
            : { kind: 'credentials', field: 'x-digest', credentials: digest, identifier: digest };
        },
        async verify(digest, request) {
          return sha256(await request.body()) === digest
            ? { kind: 'verified', principal: alice }
            : failure('digest-mismatch', { code: 'invalid-signature' });
        },
        challenge: badgeChallenge,
      };
      const body = '{ "note": "grüße",  "n": 1.0 }';
      const sent = {
        headers: { 'content-type': 'application/json', 'x-digest': sha256(Buffer.from(body)) },
        body,
      };

      @Controller()
      class Routes {
        @Post('x')
        @HttpCode(200)
        @Protect({ scheme: 'digests' })
        x(@Body() parsed: unknown): unknown {
          return parsed;
        }
      }

      test('read the bytes as received where Nest is made with rawBody', async () => {
        const auth = createAuth({ schemes: { digests } });
        const { ask } = await serve(platform, auth, { controllers: [Routes] }, { rawBody: true });
        expect(await ask('POST', '/x', sent)).toMatchObject({ status: 200, text: JSON.stringify(JSON.parse(body)) });
        expect(await ask('POST', '/x', { ...sent, body: body.replace('1.0', '2.0') })).toMatchObject({
          status: 401,
          code: 'invalid-signature',
        });
      });

      test('are a wrong configuration where it is not, never a pass', async () => {
        const errors: unknown[] = [];
        const auth = createAuth({ schemes: { digests }, onError: (error) => void errors.push(error) });
        const { ask } = await serve(platform, auth, { controllers: [Routes] });
        expect(await ask('POST', '/x', sent)).toMatchObject({ status: 500, code: 'configuration-error' });
        expect(errors).toHaveLength(1);
      });
    });
  });
}
