import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Allow } from '@auth/core';
import { AuthGuard, AuthModule, NestAuth, Protect, RefusalException, RefusalFilter } from '@auth/nest';
import { Get, type ExecutionContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { lastValueFrom, type Observable } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';

import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { moduleOf } from '../serve.js';

/** As a resolver of GraphQL, a gateway, or a controller of messages. */
class Handlers {
  @Protect({ scheme: 'keys' })
  orders(): void {}

  @Protect({ scheme: 'keys', scopes: ['orders:write'] })
  write(): void {}

  @Protect({ public: true })
  open(): void {}

  @Get()
  forgotten(): void {}
}

/** A request as a server received it; its connection is open until the test ends. */
async function receive(headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const outgoing = request({ host: '127.0.0.1', port, path: '/graphql', headers, agent: false });
  outgoing.on('error', () => undefined).end();
  const [message] = (await once(server, 'request')) as [IncomingMessage];
  return message;
}

async function start() {
  const api = createOneKey();
  const app = await NestFactory.createApplicationContext(moduleOf({ imports: [AuthModule.forRoot(api.auth)] }), {
    logger: false,
  });
  onTestFinished(() => app.close());
  const [guard, auth] = [app.get(AuthGuard), app.get(NestAuth)];
  const call = async (type: string, name: keyof Handlers, args: unknown[]): Promise<Allow> => {
    const context = contextOf(type, name, args);
    expect(await guard.canActivate(context)).toBe(true);
    return auth.decision(context);
  };
  return { ...api, guard, call };
}

// oxlint-disable-next-line typescript/unbound-method -- Nest hands methods over so.
function contextOf(type: string, name: keyof Handlers, args: unknown[]): ExecutionContext {
  const context = new ExecutionContextHost(args, Handlers, Handlers.prototype[name]);
  context.setType(type);
  return context;
}

type Wrap = (message: IncomingMessage) => unknown[];
const contexts: readonly (readonly [title: string, type: string, wrap: Wrap])[] = [
  ['a GraphQL resolver on Express', 'graphql', (message) => [undefined, {}, { req: message }, {}]],
  [
    'a GraphQL resolver on Fastify',
    'graphql',
    (message) => [undefined, {}, { req: { raw: message, originalUrl: message.url } }, {}],
  ],
  ['a gateway of Socket.IO', 'ws', (message) => [{ handshake: {}, request: message }, 'data']],
  ['a gateway whose application kept the upgrade request', 'ws', (message) => [{ upgradeReq: message }, 'data']],
];

/** Calls that are no requests of HTTP, by what Nest hands to its guards. */
export function describeContexts(): void {
  test.each(contexts)('a call of %s is decided by the HTTP request behind it', async (_title, type, wrap) => {
    const { call, guard, proof, events } = await start();
    const args = wrap(await receive(proof));
    expect((await call(type, 'orders', args)).principal?.subject).toBe('svc-1');
    expect((await call(type, 'open', args)).principal).toBe(null);
    for (const [name, code] of [
      ['write', 'insufficient-scope'],
      ['forgotten', 'permission-denied'],
    ] as const) {
      expect(() => guard.canActivate(contextOf(type, name, args))).toThrow(RefusalException);
      expect(() => guard.canActivate(contextOf(type, name, args))).toThrow(
        expect.objectContaining({ refuse: expect.objectContaining({ code, status: 403 }) as unknown }),
      );
    }
    expect(events[0]).toMatchObject({ reason: 'ok', subject: 'svc-1', path: '/graphql' });
    const nobody = wrap(await receive({}));
    expect(() => guard.canActivate(contextOf(type, 'orders', nobody))).toThrow(
      expect.objectContaining({ refuse: expect.objectContaining({ code: 'missing-credentials' }) as unknown }),
    );
  });

  test('several resolvers of one request each have their own pass', async () => {
    const { call, guard, proof } = await start();
    const args = [undefined, {}, { req: await receive(proof) }, {}];
    const [open, orders] = await Promise.all([call('graphql', 'open', args), call('graphql', 'orders', args)]);
    expect([open.principal, orders.principal?.subject]).toEqual([null, 'svc-1']);
    expect(() => guard.canActivate(contextOf('graphql', 'write', args))).toThrow(RefusalException);
  });

  test.each<readonly [title: string, type: string, args: unknown[]]>([
    ['a message of a microservice', 'rpc', ['data', {}]],
    ['a gateway without its upgrade request', 'ws', [{ send: () => undefined }, 'data']],
    ['a subscription whose context has no request', 'graphql', [undefined, {}, {}, {}]],
    ['a subscription without a context', 'graphql', [undefined, {}, undefined, {}]],
    [
      'a request that the application made up',
      'graphql',
      [undefined, {}, { req: { headers: { 'x-api-key': 'any' } } }, {}],
    ],
    ['a context of another kind', 'telegram', [{}]],
  ])('%s is refused, whatever the requirement, and says what is missing', async (_title, type, args) => {
    const { guard } = await start();
    for (const name of ['orders', 'open', 'forgotten'] as const) {
      expect(() => guard.canActivate(contextOf(type, name, args))).toThrow(
        expect.objectContaining({
          code: 'configuration-error',
          faults: [expect.objectContaining({ path: 'AuthGuard', reason: 'no-request' })],
        }),
      );
    }
  });

  test('a refusal is told as the kind of call has it: an error, an event, a message, a stream', async () => {
    const { guard } = await start();
    const message = await receive({});
    let refusal: unknown;
    try {
      void guard.canActivate(contextOf('ws', 'orders', [{ request: message }]));
    } catch (error) {
      refusal = error;
    }
    const told: unknown[] = [];
    const filter = new RefusalFilter();
    const tell = (type: string, args: unknown[]): unknown =>
      filter.catch(refusal as RefusalException, contextOf(type, 'orders', args));
    expect(tell('graphql', [])).toBe(refusal);
    const problem = expect.objectContaining({ status: 401, code: 'missing-credentials' }) as unknown;
    await expect(lastValueFrom(tell('rpc', []) as Observable<never>)).rejects.toEqual(problem);
    tell('ws', [{ handshake: {}, emit: (event: string, data: unknown) => told.push([event, data]) }]);
    tell('ws', [{ send: (text: string) => told.push(JSON.parse(text)) }]);
    expect(told).toEqual([['exception', problem], { event: 'exception', data: problem }]);
  });
}
