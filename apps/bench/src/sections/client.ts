import {
  bareFetch,
  bareUndici,
  callers,
  clientByFetch,
  clientByUndici,
  createBenchClient,
} from '../libraries/callers.js';
import { cpuMicroseconds, cpuRatio, tableOf } from '../measure/compare.js';
import { race } from '../measure/race.js';
import { startPlainServer } from '../servers/plain-server.js';
import type { Section } from './section.js';

const attach = 'the credentials of one call';
const coldCalls = 1000;

/** Requests that leave with a token: what it costs to attach one, and how often a cold start asks for one. */
export const client: Section = async ({ pace }) => {
  const server = await startPlainServer();
  try {
    const api = createBenchClient(server.origin);
    await Promise.all(Array.from({ length: coldCalls }, async () => (await api.fetch('/orders')).text()));
    const tokenRequests = await server.tokenRequests();
    const laps = await race(await callers(server.origin, api), pace, true);
    const attached = await race(
      [
        {
          name: attach,
          judge: () =>
            !(api.begin({ method: 'GET', target: '/orders', replayable: true }).prepare() instanceof Promise),
        },
      ],
      pace,
      true,
    );
    await api.close();
    return {
      tables: [
        tableOf('calls with a token at hand, 64 in flight', laps, bareUndici),
        tableOf('a token attached, the target checked', attached, attach),
      ],
      targets: [
        {
          what: 'client: by undici / undici.request',
          measured: cpuRatio(laps, clientByUndici, bareUndici).median,
          limit: 1.05,
          unit: 'x',
        },
        {
          what: 'client: by fetch / fetch',
          measured: cpuRatio(laps, clientByFetch, bareFetch).median,
          limit: 1.25,
          unit: 'x',
        },
        { what: 'client: a token attached', measured: cpuMicroseconds(attached, attach), limit: 1, unit: 'us' },
        {
          what: `client: token requests of ${coldCalls} cold calls`,
          measured: tokenRequests,
          limit: 1,
          unit: 'requests',
        },
      ],
    };
  } finally {
    server.stop();
  }
};
