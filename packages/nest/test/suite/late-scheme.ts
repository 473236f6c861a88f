import { connect, type Server } from 'node:net';

import { createAuth } from '@auth/core';
import { CurrentPrincipal, Protect } from '@auth/nest';
import { Controller, Get } from '@nestjs/common';
import { describe, expect, test } from 'vitest';

import { recordAttempts } from '../../../core/test/fixtures/adapters/attempts.js';
import { createWaitingScheme } from '../../../core/test/fixtures/adapters/badge-schemes.js';
import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { serve, type Platform } from '../serve.js';

const badge = { 'x-badge': 'b1' };

/** Schemes that wait. */
export function describeLateScheme(platform: Platform): void {
  describe('a scheme that is late', () => {
    const serveWaiting = async () => {
      const waiting = createWaitingScheme();
      const { events, audit } = recordAttempts();
      const errors: unknown[] = [];
      const ran: string[] = [];
      const auth = createAuth({
        schemes: { badges: waiting.scheme },
        audit,
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

  test('a caller who has gone while onAllow waits brings no handler to run', async () => {
    let [call, end] = [(): void => undefined, (): void => undefined];
    const called = new Promise<void>((resolve) => (call = resolve));
    const ended = new Promise<undefined>((resolve) => (end = () => resolve(undefined)));
    const { auth, proof } = createOneKey({
      onAllow({ principal }) {
        if (principal === null) return undefined;
        call();
        return ended;
      },
    });
    const ran: string[] = [];
    @Controller()
    class Routes {
      @Get('x')
      @Protect({ scheme: 'keys' })
      x(): void {
        ran.push('x');
      }

      @Get('open')
      @Protect({ public: true })
      open(): string {
        return 'open';
      }
    }
    const { app, port, ask } = await serve(platform, auth, { controllers: [Routes] });
    const closed = new Promise((resolve) => {
      (app.getHttpServer() as Server).once('connection', (socket) => socket.once('close', resolve));
    });
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /x HTTP/1.1\r\nHost: a\r\nX-API-Key: ${proof['x-api-key']}\r\n\r\n`);
    await called;
    socket.destroy();
    await closed;
    end();
    expect((await ask('GET', '/open')).text).toBe('open');
    expect(ran).toEqual([]);
  });
}
