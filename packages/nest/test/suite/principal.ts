import { createAuth, type Allow, type PrincipalOf } from '@auth/core';
import { AuthGuard, CurrentDecision, CurrentPrincipal, NestAuth, Protect, type NestRequest } from '@auth/nest';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Req,
  UseGuards,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { expect, test } from 'vitest';

import { recordAttempts } from '../../../core/test/fixtures/adapters/attempts.js';
import { everybody } from '../../../core/test/fixtures/adapters/badge-schemes.js';
import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { serve, type Platform } from '../serve.js';

const keys = { scheme: 'keys' } as const;

/** What handlers, interceptors and schemes learn. */
export function describePrincipal(platform: Platform): void {
  test('a handler learns who was let through and the whole pass; loggers and interceptors too', async () => {
    const api = createOneKey();
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

  test('AuthGuard by hand beside the guard of the module verifies once and writes one event', async () => {
    let verified = 0;
    const { events, audit } = recordAttempts();
    const auth = createAuth({
      schemes: { badges: everybody(() => verified++) },
      audit,
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
}
