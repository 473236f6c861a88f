import type { IncomingMessage, ServerResponse } from 'node:http';

import { CurrentPrincipal, Protect } from '@auth/nest';
import type { INestApplication } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { expect, test } from 'vitest';

import { createOneKey } from '../../../core/test/fixtures/adapters/one-key.js';
import { serve, type Platform } from '../serve.js';

const ran: string[] = [];

class Orders {
  @Protect({ scheme: 'keys' })
  list(@CurrentPrincipal() { subject }: { subject: string }): string {
    ran.push('list');
    return subject;
  }

  @Protect({ scheme: 'keys', scopes: ['orders:write'] })
  write(): void {
    ran.push('write');
  }

  forgotten(): void {
    ran.push('forgotten');
  }
}

/** Calls resolvers as Nest's GraphQL module does, through Nest's own context creator; of GraphQL itself nothing is needed. */
function serveResolvers(app: INestApplication): void {
  const creator = app.get(ExternalContextCreator);
  const orders = app.get(Orders);
  const resolve = (name: 'list' | 'write' | 'forgotten', req: IncomingMessage): Promise<unknown> => {
    const resolver = creator.create(
      orders,
      // oxlint-disable-next-line typescript/unbound-method -- Nest takes methods so.
      Orders.prototype[name] as (...args: unknown[]) => unknown,
      name,
      '__routeArguments__',
      { exchangeKeyForValue: () => null },
      undefined,
      undefined,
      { guards: true, filters: true, interceptors: true },
      'graphql',
    );
    return resolver(undefined, {}, { req }, {}) as Promise<unknown>;
  };
  app.use('/graphql', (req: IncomingMessage & { originalUrl?: string }, res: ServerResponse) => {
    const names = new URL(req.originalUrl ?? '/', 'http://localhost').searchParams.getAll('call') as 'list'[];
    // As GraphQL itself: an error that a resolver answers is one of the answer's errors.
    const told = names.map((name) =>
      resolve(name, req).then((value) =>
        value instanceof Error ? { error: (value as Error & { getResponse(): object }).getResponse() } : { value },
      ),
    );
    void Promise.all(told).then((answers) => res.end(JSON.stringify(answers)));
  });
}

/** Resolvers of GraphQL. */
export function describeResolver(platform: Platform): void {
  test('resolvers of one GraphQL request are each decided by it, and share what it proves', async () => {
    ran.length = 0;
    const { auth, proof, events } = createOneKey();
    const { ask } = await serve(platform, auth, { providers: [Orders] }, { before: serveResolvers });
    const path = '/graphql?call=list&call=write&call=forgotten&call=list';
    const refusal = (status: number, code: string): unknown => ({
      error: expect.objectContaining({ status, code }) as unknown,
    });
    expect(JSON.parse((await ask('POST', path, { headers: proof })).text)).toEqual([
      { value: 'svc-1' },
      refusal(403, 'insufficient-scope'),
      refusal(403, 'permission-denied'),
      { value: 'svc-1' },
    ]);
    expect(ran).toEqual(['list', 'list']);
    expect(events.map(({ reason, path: at }) => [reason, at])).toEqual([
      ['ok', '/graphql'],
      ['insufficient-scope', '/graphql'],
      ['no-requirement', '/graphql'],
    ]);
    expect(JSON.parse((await ask('POST', path)).text)).toEqual([
      refusal(401, 'missing-credentials'),
      refusal(401, 'missing-credentials'),
      refusal(403, 'permission-denied'),
      refusal(401, 'missing-credentials'),
    ]);
    expect(ran).toEqual(['list', 'list']);
  });
}
