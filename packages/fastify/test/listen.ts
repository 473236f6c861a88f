import type { AddressInfo } from 'node:net';

import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';

/** Listens on a free port until the test ends. */
export async function listen(app: FastifyInstance): Promise<number> {
  onTestFinished(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}
