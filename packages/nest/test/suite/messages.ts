import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';

import { AuthGuard, AuthModule, CurrentPrincipal, Protect, RefusalFilter } from '@auth/nest';
import { Controller, UseFilters, UseGuards, type INestApplication, type Type } from '@nestjs/common';
import { ClientProxyFactory, MessagePattern, Server, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';

import { exchange } from '../../../core/test/fixtures/adapters/exchange.js';
import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { create, moduleOf, serve, type Platform } from '../serve.js';

const ran: string[] = [];

@Controller()
@UseGuards(AuthGuard)
@UseFilters(RefusalFilter)
class Orders {
  @MessagePattern('list')
  @Protect({ scheme: 'keys' })
  list(@CurrentPrincipal() { subject }: { subject: string }): string {
    ran.push('list');
    return subject;
  }

  @MessagePattern('write')
  @Protect({ scheme: 'keys', scopes: ['orders:write'] })
  write(): void {
    ran.push('write');
  }

  @MessagePattern('open')
  @Protect({ public: true })
  open(): void {
    ran.push('open');
  }

  @MessagePattern('forgotten')
  forgotten(): void {
    ran.push('forgotten');
  }
}

/** A transport whose messages come by HTTP, and whose context has the request. */
class OverHttp extends Server {
  readonly #server: HttpServer = createServer((req, res) => {
    void this.#handle(req).then((answer) => res.end(JSON.stringify(answer)));
  });

  async #handle(req: IncomingMessage): Promise<unknown> {
    const handler = this.getHandlerByPattern((req.url ?? '').slice(1))!;
    const stream = this.transformToObservable(await handler({}, { req }));
    return lastValueFrom(stream).then(
      (value: unknown) => ({ value }),
      (error: unknown) => ({ error }),
    );
  }

  listen(callback: () => void): void {
    this.#server.listen(0, '127.0.0.1', callback);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  on(): void {}

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as Nest has it.
  unwrap<T>(): T {
    return this.#server as T;
  }
}

/** Messages of microservices. */
export function describeMessages(platform: Platform): void {
  const start = async (options: MicroserviceOptions, inheritAppConfig: boolean) => {
    ran.length = 0;
    const api = createOneKey();
    let port = 0;
    const before = async (app: INestApplication): Promise<void> => {
      const service = app.connectMicroservice<MicroserviceOptions>(options, { inheritAppConfig });
      await app.startAllMicroservices();
      ({ port } = service.unwrap<NetServer>().address() as AddressInfo);
    };
    await serve(platform, api.auth, { controllers: [Orders] }, { before });
    return { ...api, port };
  };

  describe.each([
    ['inherits the guards of its application', true],
    ['does not inherit them, and has them and its filter written down,', false],
  ])('a microservice that %s', (_title, inherits) => {
    test('decides each message by the request that its transport hands on', async () => {
      const { port, proof, events } = await start({ strategy: new OverHttp() }, inherits);
      const call = async (pattern: string, headers = {}): Promise<unknown> =>
        JSON.parse((await exchange(port, 'POST', `/${pattern}`, { headers })).text);
      const refusal = (status: number, code: string): unknown => ({
        error: expect.objectContaining({ status, code }) as unknown,
      });
      expect(await call('list', proof)).toEqual({ value: 'svc-1' });
      expect(await call('list')).toEqual(refusal(401, 'missing-credentials'));
      expect(await call('write', proof)).toEqual(refusal(403, 'insufficient-scope'));
      expect(await call('forgotten', proof)).toEqual(refusal(403, 'permission-denied'));
      expect(ran).toEqual(['list']);
      expect(events.map(({ reason, path }) => [reason, path])).toEqual([
        ['ok', '/list'],
        ['no-credentials', '/list'],
        ['insufficient-scope', '/write'],
        ['no-requirement', '/forgotten'],
      ]);
    });

    test('refuses every message of a transport that has no request', async () => {
      const { port, events } = await start(
        { transport: Transport.TCP, options: { port: 0, host: '127.0.0.1' } },
        inherits,
      );
      const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { port, host: '127.0.0.1' } });
      onTestFinished(() => void client.close());
      for (const pattern of ['list', 'write', 'open', 'forgotten']) {
        await expect(lastValueFrom(client.send(pattern, {}))).rejects.toEqual({
          status: 'error',
          message: 'Internal server error',
        });
      }
      expect(ran).toEqual([]);
      expect(events).toEqual([]);
    });
  });

  test('a message with a requirement and without AuthGuard is no start: a microservice may inherit no guards', async () => {
    class Open {
      @MessagePattern('open')
      open(): void {}
    }
    @Controller()
    class Undeclared extends Open {}
    @Controller()
    @Protect({ scheme: 'keys' })
    class Declared extends Open {}
    const imports = [AuthModule.forRoot(createOneKey().auth)];
    const make = (controller: Type) => create(platform, moduleOf({ imports, controllers: [controller] }));
    await expect(make(Declared)).rejects.toMatchObject({
      faults: [{ path: 'Declared.open', reason: 'guard-required' }],
    });
    await (await make(Undeclared)).close();
  });
}
