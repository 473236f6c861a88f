import {
  apiKey,
  bearer,
  clientCredentials,
  createClient,
  isClientError,
  none,
  type Client,
  type ClientErrorCode,
  type ClientEvent,
  type Strategy,
} from '@auth/client';
import { expectTypeOf } from 'vitest';

const client = createClient({ origin: 'https://api.example', auth: none() });
expectTypeOf(client).toEqualTypeOf<Client>();
expectTypeOf(client.fetch('/')).toEqualTypeOf<Promise<Response>>();
expectTypeOf(client.findReport(new Response())?.attempts).toEqualTypeOf<number | undefined>();
void client.fetch(new URL('https://api.example/'), { method: 'POST', body: () => 'x', signal: null });
expectTypeOf(client[Symbol.asyncDispose]).returns.toEqualTypeOf<PromiseLike<void>>();

// Every strategy fits, and so does one of somebody's own.
const own: Strategy<number> = {
  type: 'own',
  fields: ['x-time'],
  connect: ({ clock }) => ({
    prepare: ({ method, url }) => ({ headers: [['x-time', `${method} ${url.pathname}`]], credentials: clock.now() }),
    afterResponse: ({ status, repeated }, credentials) => {
      expectTypeOf(credentials).toEqualTypeOf<number>();
      return { kind: status === 401 && !repeated ? 'retry' : 'keep' };
    },
  }),
};
for (const auth of [own, apiKey({ key: 'a' }), bearer({ token: 'a' })])
  createClient({ origin: 'https://api.example', auth });

// Errors and events narrow.
declare const thrown: unknown;
if (isClientError(thrown)) {
  expectTypeOf(thrown.code).toEqualTypeOf<ClientErrorCode>();
  expectTypeOf(thrown.acrValues).toEqualTypeOf<readonly string[] | undefined>();
}
declare const event: ClientEvent;
if (event.kind === 'scope-narrowed') expectTypeOf(event.granted).toEqualTypeOf<readonly string[]>();

const base = { issuer: 'https://as.example', clientId: 'a', clientSecret: 'b' };
clientCredentials({ ...base, clientAuthentication: 'client_secret_post' });
// @ts-expect-error a misspelt option does not compile
clientCredentials({ ...base, scope: ['a'] });
// @ts-expect-error nor a method that nobody has
clientCredentials({ ...base, clientAuthentication: 'client_secret_jwt' });
// @ts-expect-error nor a client without credentials
createClient({ origin: 'https://api.example' });
// @ts-expect-error nor redirects that go anywhere
createClient({ origin: 'https://api.example', auth: none(), redirects: 'follow' });
// @ts-expect-error nor a member of a call that would let it go elsewhere
void client.fetch('/', { redirect: 'follow' });
