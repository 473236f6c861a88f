import { apiKey, createAuth, jwt, type Allow, type NoClaims, type Principal } from '@auth/core';
import { koaAuth, type KoaContext } from '@auth/koa';
import { Router } from '@koa/router';
import Koa from 'koa';
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
const { protect, principal, mount, denyByDefault } = koaAuth(auth);
type Keys = Principal<NoClaims, 'keys', 'apiKey'>;

// A guard keeps the types that the router gives to the handlers after it.
const readOrders = protect({ scheme: 'access', scopes: ['orders:read'] });
const router = new Router<{ trace: string }, { tenant: number }>();
router.get('/orders/:id', readOrders, (ctx) => {
  expectTypeOf(ctx.params).toEqualTypeOf<Record<string, string>>();
  expectTypeOf(ctx.state.trace).toEqualTypeOf<string>();
  expectTypeOf(ctx.tenant).toEqualTypeOf<number>();
  expectTypeOf(readOrders.principal(ctx).claims.team).toEqualTypeOf<string>();
  expectTypeOf(readOrders.principal(ctx).scheme).toEqualTypeOf<'access'>();
});
router.all('/orders/:id', readOrders, (ctx, next) => {
  expectTypeOf(ctx.state.trace).toEqualTypeOf<string>();
  return next();
});
router.use(readOrders);
router.use('/a', readOrders, new Router<{ trace: string }, { tenant: number }>().routes());
new Router().use('/a', readOrders, new Router().routes());
const app = new Koa<{ trace: string }>();
app.use(readOrders).use(mount({})).use(router.routes());
app.use(async (ctx, next) => {
  await next();
  expectTypeOf(principal(ctx)?.scheme).toEqualTypeOf<'access' | 'keys' | undefined>();
});

// The principal is what the requirement proves.
declare const ctx: KoaContext;
const either = protect({ anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] });
expectTypeOf(either.principal(ctx).scheme).toEqualTypeOf<'access' | 'keys'>();
const both = protect({ allOf: [{ scheme: 'keys' }, { scheme: 'access' }] });
expectTypeOf(both.principal(ctx)).toEqualTypeOf<Keys>();
expectTypeOf(both.decision(ctx).principals[1].claims.team).toEqualTypeOf<string>();
expectTypeOf(protect({ optional: { scheme: 'keys' } }).principal(ctx)).toEqualTypeOf<Keys | null>();
expectTypeOf(protect({ public: true }).principal(ctx)).toEqualTypeOf<null>();
expectTypeOf(readOrders.decision(ctx)).toExtend<Allow>();

// A router fits, whatever its types.
denyByDefault(router);
denyByDefault(new Router());

// @ts-expect-error a misspelt member does not compile
protect({ scheme: 'access', scope: ['orders:read'] });
// @ts-expect-error nor does one further down
protect({ anyOf: [{ scheme: 'access', role: ['admin'] }] });
// @ts-expect-error nor a scheme that does not exist
protect({ scheme: 'sessions' });
