import { NestAuth, Protect } from '@auth/nest';
import { All, Controller, Delete, Get, Head, Post, Scope } from '@nestjs/common';
import { describe, expect, test } from 'vitest';

import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { serve, type Platform } from '../serve.js';

const keys = { scheme: 'keys' } as const;

/** What has no requirement, and which requirement a handler has. */
export function describeDenyByDefault(platform: Platform): void {
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
      const api = createOneKey();
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
      const { auth, events } = createOneKey();
      const { ask } = await serve(platform, auth, { controllers: [Forgotten] });
      expect((await ask('GET', '/nowhere')).status).toBe(404);
      expect((await ask('PATCH', '/guarded')).status).toBe(404);
      expect(events).toEqual([]);
    });
  });

  test('the requirement of a handler replaces that of its controller, and a class inherits its handlers with theirs', async () => {
    const api = createOneKey();
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
        async (path) => [
          path,
          (await ask('GET', path, { headers: api.proof })).status,
          (await ask('GET', path)).status,
        ],
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
    const { app } = await serve(platform, createOneKey().auth, { controllers: [Orders] });
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
}
