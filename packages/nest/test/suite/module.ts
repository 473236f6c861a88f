import { createAuth } from '@auth/core';
import { AuthModule, NestAuth, Protect } from '@auth/nest';
import { Controller, Get, Injectable } from '@nestjs/common';
import { expect, test } from 'vitest';

import { createWaitingScheme } from '../../../core/test/fixtures/adapters/badge-schemes.js';
import { exchange } from '../../../core/test/fixtures/adapters/exchange.js';
import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { create, listen, moduleOf, serve, type Platform } from '../serve.js';

const keys = { scheme: 'keys' } as const;

/** How the module starts and ends. */
export function describeModule(platform: Platform): void {
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
    const { auth } = createOneKey();
    const module = moduleOf({ imports: [AuthModule.forRoot(auth)], controllers: [Orders] });
    const error: unknown = await create(platform, module).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'configuration-error' });
    expect((error as Error).message).toContain(told);
  });

  test('a wrong requirement on a provider, such as a resolver or a gateway, fails the start too', async () => {
    @Injectable()
    @Protect({ scheme: 'nobody' })
    class Resolver {
      orders(): string {
        return 'orders';
      }
    }
    const { auth } = createOneKey();
    const module = moduleOf({ imports: [AuthModule.forRoot(auth)], providers: [Resolver] });
    await expect(create(platform, module)).rejects.toThrow('Resolver.orders: ');
  });

  test('forRootAsync makes the guard of what it injects from what it imports', async () => {
    const api = createOneKey();
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
    const api = createOneKey();
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
}
