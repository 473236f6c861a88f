import { isClientError } from '../client-error.js';
import type { Authenticator, Prepared, Strategy, StrategyContext } from '../strategy.js';

/**
 * Uses a second strategy from the moment on that the grant of the first has ended for good (`invalid-grant`): a refresh token that
 * was revoked, a sign-in that is over.
 * @example fallback(refreshToken({ … }), clientCredentials({ … }))
 */
export function fallback(first: Strategy, second: Strategy): Strategy {
  return Object.freeze({
    type: first.type,
    fields: [...new Set([...first.fields, ...second.fields])],
    connect: (context: StrategyContext) => connect(first.connect(context), second.connect(context)),
  });
}

interface Used {
  readonly authenticator: Authenticator;
  readonly credentials: unknown;
}

function connect(first: Authenticator, second: Authenticator): Authenticator<Used> {
  let current = first;
  const by = async (authenticator: Authenticator, prepared: Promise<Prepared>): Promise<Prepared<Used>> => {
    const { headers, credentials } = await prepared;
    return { headers, credentials: { authenticator, credentials } };
  };
  return {
    async prepare(request, signal) {
      const used = current;
      try {
        return await by(used, Promise.resolve(used.prepare(request, signal)));
      } catch (error) {
        if (used === second || !isClientError(error) || error.code !== 'invalid-grant') throw error;
        current = second;
        return by(second, Promise.resolve(second.prepare(request, signal)));
      }
    },
    afterResponse: (answer, { authenticator, credentials }) => authenticator.afterResponse(answer, credentials),
    async close() {
      await first.close?.();
      await second.close?.();
    },
  };
}
