import { apiKey, createAuth, jwt, type Allow, type NoClaims, type Principal } from '@auth/core';
import { fastifyAuth, type FastifyAuthRequest } from '@auth/fastify';
import fastify from 'fastify';
import { expectTypeOf } from 'vitest';

interface Claims {
  readonly team: string;
}

const auth = createAuth({
  schemes: {
    access: jwt<Claims>({ issuer: 'https://issuer.example', audience: 'https://api.example', jwks: { keys: [] } }),
    keys: apiKey({ prefix: 'acme', keys: [] }),
  },
});
const { plugin, protect, principal, mount } = fastifyAuth(auth);
type Keys = Principal<NoClaims, 'keys', 'apiKey'>;

// A guard keeps the generics of a route.
const readOrders = protect({ scheme: 'access', scopes: ['orders:read'] });
const app = fastify();
app.get<{ Params: { id: string }; Querystring: { n: number } }>('/orders/:id', readOrders, async (request) => {
  expectTypeOf(request.params).toEqualTypeOf<{ id: string }>();
  expectTypeOf(request.query.n).toEqualTypeOf<number>();
  expectTypeOf(readOrders.principal(request).claims.team).toEqualTypeOf<string>();
  expectTypeOf(readOrders.principal(request).scheme).toEqualTypeOf<'access'>();
});
app.post<{ Body: { n: number } }>('/orders', { ...readOrders, schema: { body: {} } }, async (request) => {
  expectTypeOf(request.body.n).toEqualTypeOf<number>();
  expectTypeOf(readOrders.decision(request)).toExtend<Allow>();
});
app.route<{ Body: { n: number } }>({
  method: 'PUT',
  url: '/orders',
  ...readOrders,
  handler: async (request) => expectTypeOf(request.body.n).toEqualTypeOf<number>(),
});
app.addHook('onRequest', readOrders.onRequest);
void app.register(plugin);
void app.register(mount({}), { prefix: '/meta' });

// The principal is what the requirement proves.
declare const request: FastifyAuthRequest;
const either = protect({ anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] });
expectTypeOf(either.principal(request).scheme).toEqualTypeOf<'access' | 'keys'>();
const both = protect({ allOf: [{ scheme: 'keys' }, { scheme: 'access' }] });
expectTypeOf(both.principal(request)).toEqualTypeOf<Keys>();
expectTypeOf(both.decision(request).principals[1].claims.team).toEqualTypeOf<string>();
expectTypeOf(protect({ optional: { scheme: 'keys' } }).principal(request)).toEqualTypeOf<Keys | null>();
expectTypeOf(protect({ public: true }).principal(request)).toEqualTypeOf<null>();
expectTypeOf(principal(request)?.scheme).toEqualTypeOf<'access' | 'keys' | undefined>();

// @ts-expect-error a misspelt member does not compile
protect({ scheme: 'access', scope: ['orders:read'] });
// @ts-expect-error nor does one further down
protect({ anyOf: [{ scheme: 'access', role: ['admin'] }] });
// @ts-expect-error nor a scheme that does not exist
protect({ scheme: 'sessions' });
