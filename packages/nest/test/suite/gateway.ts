import type { IncomingMessage } from 'node:http';

import { AuthGuard, AuthModule, CurrentPrincipal, Protect, RefusalFilter } from '@auth/nest';
import {
  Catch,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';

import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { create, moduleOf, serve, type Platform } from '../serve.js';

const ran: string[] = [];

class Base {
  @SubscribeMessage('list')
  @Protect({ scheme: 'keys' })
  list(@CurrentPrincipal() { subject }: { subject: string }): object {
    ran.push('list');
    return { event: 'list', data: subject };
  }

  @SubscribeMessage('write')
  @Protect({ scheme: 'keys', scopes: ['orders:write'] })
  write(): void {
    ran.push('write');
  }

  @SubscribeMessage('open')
  @Protect({ public: true })
  open(@CurrentPrincipal() nobody: null): object {
    ran.push('open');
    return { event: 'open', data: nobody };
  }

  @SubscribeMessage('forgotten')
  forgotten(): void {
    ran.push('forgotten');
  }
}

class Keeping extends Base {
  handleConnection(client: object, request: IncomingMessage): void {
    Object.assign(client, { request });
  }
}

@WebSocketGateway()
@UseGuards(AuthGuard)
@UseFilters(RefusalFilter)
class Telling extends Keeping {}

@WebSocketGateway()
@UseGuards(AuthGuard)
class Silent extends Keeping {}

@Catch()
class TellAll implements ExceptionFilter {
  catch(error: { readonly faults?: readonly { readonly reason: string }[] }, host: ArgumentsHost): void {
    const [fault] = error.faults ?? [];
    host.switchToWs().getClient<WebSocket>().send(JSON.stringify(fault?.reason));
  }
}

@WebSocketGateway()
@UseGuards(AuthGuard)
@UseFilters(TellAll)
class Lossy extends Base {}

@WebSocketGateway()
class Unguarded extends Keeping {}

/** Messages of WebSockets. */
export function describeGateway(platform: Platform): void {
  const start = async (gateway: Type) => {
    ran.length = 0;
    const api = createOneKey();
    const before = (app: INestApplication): unknown => app.useWebSocketAdapter(new WsAdapter(app));
    const { port } = await serve(platform, api.auth, { providers: [gateway] }, { before });
    return { ...api, port };
  };

  describe('a gateway', () => {
    test('is guarded message by message by the request that opened its socket', async () => {
      const { port, proof, events } = await start(Telling);
      const [somebody, nobody] = [await connect(port, proof), await connect(port, {})];
      expect(await somebody('list')).toEqual({ event: 'list', data: 'svc-1' });
      expect(await somebody('write')).toEqual(refusal(403, 'insufficient-scope'));
      expect(await somebody('forgotten')).toEqual(refusal(403, 'permission-denied'));
      expect(await nobody('list')).toEqual(refusal(401, 'missing-credentials'));
      expect(await nobody('forgotten')).toEqual(refusal(403, 'permission-denied'));
      expect(await nobody('open')).toEqual({ event: 'open', data: null });
      expect(await somebody('list')).toEqual({ event: 'list', data: 'svc-1' });
      expect(ran).toEqual(['list', 'open', 'list']);
      expect(events.map(({ reason }) => reason)).toEqual([
        'ok',
        'insufficient-scope',
        'no-requirement',
        'no-credentials',
        'no-requirement',
        'public',
      ]);
    });

    test('without RefusalFilter refuses too', async () => {
      const { port, proof, events } = await start(Silent);
      const ask = await connect(port, proof);
      // Nest says that something went wrong, or, in 11, nothing.
      void ask('write');
      void ask('forgotten');
      await expect.poll(() => events.map(({ reason }) => reason)).toEqual(['insufficient-scope', 'no-requirement']);
      expect(ran).toEqual([]);
    });

    test('that does not keep the request refuses whatever the requirement', async () => {
      const { port, proof } = await start(Lossy);
      const ask = await connect(port, proof);
      for (const event of ['list', 'write', 'open', 'forgotten']) expect(await ask(event)).toBe('no-request');
      expect(ran).toEqual([]);
    });

    test('without AuthGuard is no start: Nest 11 has no global guards for gateways', async () => {
      const { auth } = createOneKey();
      const module = moduleOf({ imports: [AuthModule.forRoot(auth)], providers: [Unguarded] });
      await expect(create(platform, module)).rejects.toMatchObject({
        code: 'configuration-error',
        faults: [{ path: 'Unguarded.list', reason: 'guard-required' }],
      });
    });
  });
}

/** A socket that sends one message and reads one. */
async function connect(port: number, headers: Readonly<Record<string, string>>) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers });
  onTestFinished(() => socket.terminate());
  await new Promise((resolve) => {
    socket.once('open', resolve);
  });
  return (event: string): Promise<unknown> =>
    new Promise((resolve) => {
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
      socket.send(JSON.stringify({ event, data: 'any' }));
    });
}

/** What a socket is told of a refusal. */
const refusal = (status: number, code: string): unknown => ({
  event: 'exception',
  data: expect.objectContaining({ status, code, type: `urn:auth:problem:${code}` }) as unknown,
});
