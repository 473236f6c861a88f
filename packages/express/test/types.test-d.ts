import { apiKey, createAuth, jwt, type Allow, type NoClaims, type Principal } from '@auth/core';
import { expressAuth, type ExpressRequest } from '@auth/express';
import express, { Router, type Request } from 'express';
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
const { protect, principal, denyByDefault } = expressAuth(auth);
type Keys = Principal<NoClaims, 'keys', 'apiKey'>;

// A guard keeps the types of the handlers after it.
const readOrders = protect({ scheme: 'access', scopes: ['orders:read'] });
const app = express();
app.get('/orders/:id', readOrders, (req, res) => {
  expectTypeOf(req.params).toEqualTypeOf<{ id: string }>();
  expectTypeOf(readOrders.principal(req).claims.team).toEqualTypeOf<string>();
  expectTypeOf(readOrders.principal(req).scheme).toEqualTypeOf<'access'>();
  res.json({});
});
app.route('/orders/:id/lines/:line').all(readOrders, (req) => {
  expectTypeOf(req.params.line).toEqualTypeOf<string>();
});
Router().put('/:id', [readOrders], readOrders, (req: Request<{ id: string }, unknown, { n: number }>) => {
  expectTypeOf(req.body.n).toEqualTypeOf<number>();
});
app.use(readOrders);
app.use('/a', readOrders, Router());

// The principal is what the requirement proves.
declare const req: ExpressRequest;
const either = protect({ anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] });
expectTypeOf(either.principal(req).scheme).toEqualTypeOf<'access' | 'keys'>();
const both = protect({ allOf: [{ scheme: 'keys' }, { scheme: 'access' }] });
expectTypeOf(both.principal(req)).toEqualTypeOf<Keys>();
expectTypeOf(both.decision(req).principals[1].claims.team).toEqualTypeOf<string>();
expectTypeOf(protect({ optional: { scheme: 'keys' } }).principal(req)).toEqualTypeOf<Keys | null>();
expectTypeOf(protect({ public: true }).principal(req)).toEqualTypeOf<null>();
expectTypeOf(readOrders.decision(req)).toExtend<Allow>();
expectTypeOf(principal(req)?.scheme).toEqualTypeOf<'access' | 'keys' | undefined>();

// An app and a router of Express fit.
denyByDefault(app);
denyByDefault(Router());

// @ts-expect-error a misspelt member does not compile
protect({ scheme: 'access', scope: ['orders:read'] });
// @ts-expect-error nor does one further down
protect({ anyOf: [{ scheme: 'access', role: ['admin'] }] });
// @ts-expect-error nor a scheme that does not exist
protect({ scheme: 'sessions' });
