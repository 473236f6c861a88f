import { apiKey, createAuth, generateApiKey, type AuthRequest } from '@auth/core';
import { NestAuth, Protect, RefusalException } from '@auth/nest';
import {
  Catch,
  Controller,
  Get,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { expect, test } from 'vitest';

import { recordAttempts } from '../../../core/test/fixtures/adapters/attempts.js';
import { createWaitingScheme } from '../../../core/test/fixtures/adapters/badge-schemes.js';
import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { serve, type Platform } from '../serve.js';

const keys = { scheme: 'keys' } as const;

/** What leaves: refusals beside what the application adds, and what handlers throw. */
export function describeAnswers(platform: Platform): void {
  test('a refusal leaves with its status, each challenge on a line by itself and in order, and the bytes of its body', async () => {
    const key = generateApiKey('acme');
    const { scheme } = createWaitingScheme();
    const { events, audit } = recordAttempts();
    const auth = createAuth({
      schemes: { badges: scheme, keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1' }] }) },
      audit,
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

  test('refusals keep the CORS fields of the application, and its preflight comes before the guard', async () => {
    const api = createOneKey();
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
    const api = createOneKey();
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
    const api = createOneKey();
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

  test('mount serves handlers by path, below the path it is used at, and leaves all others alone', async () => {
    const api = createOneKey();
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
}
