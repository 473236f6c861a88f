// Checked by the compiler alone: what does not hold here does not compile.
import type {
  Allow,
  Auth,
  AuthRequest,
  Exact,
  Principal,
  PrincipalByName,
  PrincipalFor,
  PrincipalOf,
  PrincipalsFor,
  Requirement,
  Scheme,
  Schemes,
} from '../../src/index.js';
import { createAuth } from '../../src/index.js';

interface Req {
  readonly rawHeaders: readonly string[];
}
interface Guarded<P, Ps> {
  (req: Req, res: object, next: (error?: unknown) => void): void;
  readonly principal: (req: Req) => P;
  readonly decision: (req: Req) => Allow<P, Ps>;
}
declare function adapterOf<S extends Schemes>(
  auth: Auth<S>,
): {
  readonly protect: <const R extends Requirement<keyof S & string>>(
    requirement: R & Exact<R>,
  ) => Guarded<PrincipalFor<S, R>, PrincipalsFor<S, R>>;
  readonly principal: (req: Req) => PrincipalByName<S, keyof S> | null;
};

type NoClaims = Record<never, never>;
declare function jwt<Claims extends object>(options: {
  claims: (claims: Readonly<Record<string, unknown>>) => Claims;
}): Scheme<'jwt', Claims, { token: string }>;
declare function apiKey(): Scheme<'apiKey', NoClaims, { key: string }>;
declare function mtls(): Scheme<'mtls', NoClaims, { chain: readonly Uint8Array[] }>;

const auth = createAuth({
  schemes: {
    access: jwt<{ readonly tenant: string }>({ claims: (c) => ({ tenant: String(c['tenant']) }) }),
    keys: apiKey(),
    cert: mtls(),
  },
});
const { protect, principal } = adapterOf(auth);
declare const req: Req;
declare const request: AuthRequest;

// The two signatures are compared, never called.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
const yes = <T extends true>(): T | void => undefined;
type Access = Principal<{ readonly tenant: string }, 'access', 'jwt'>;
type Keys = Principal<NoClaims, 'keys', 'apiKey'>;
type Cert = Principal<NoClaims, 'cert', 'mtls'>;

// One scheme.
const one = protect({ scheme: 'access', scopes: ['orders:read'] });
const p1 = one.principal(req);
yes<Equal<typeof p1, Access>>();
p1.claims.tenant satisfies string;
const d1 = one.decision(req);
yes<Equal<typeof d1.principals, readonly [Access]>>();

// anyOf: a union, narrowed by the name of the scheme.
const any = protect({ anyOf: [{ scheme: 'access', scopes: ['w'] }, { scheme: 'keys' }] });
const p2 = any.principal(req);
yes<Equal<typeof p2, Access | Keys>>();
if (p2.scheme === 'access') p2.claims.tenant satisfies string;
else p2 satisfies Keys;
if (p2.type === 'apiKey') p2 satisfies Keys;

// allOf: the first is the principal, all are a tuple.
const all = protect({ allOf: [{ scheme: 'cert' }, { scheme: 'access' }] });
const d3 = all.decision(req);
yes<Equal<typeof d3.principals, readonly [Cert, Access]>>();
yes<Equal<typeof d3.principal, Cert>>();
const differing = protect({ allOf: [{ scheme: 'cert' }, { scheme: 'access' }], sameSubject: false });
yes<Equal<ReturnType<typeof differing.principal>, Cert>>();

// optional and public: null where nobody is there.
const opt = protect({ optional: { scheme: 'access' } });
const p4 = opt.principal(req);
yes<Equal<typeof p4, Access | null>>();
const d4 = opt.decision(req);
yes<Equal<typeof d4.principals, readonly [Access] | readonly []>>();
const pub = protect({ public: true });
const p6 = pub.principal(req);
yes<Equal<typeof p6, null>>();

// Nested and named.
const nested = protect({ anyOf: [{ allOf: [{ scheme: 'cert' }, { scheme: 'access' }] }, { scheme: 'keys' }] });
const p5 = nested.principal(req);
yes<Equal<typeof p5, Cert | Keys>>();
const d5 = nested.decision(req);
yes<Equal<typeof d5.principals, readonly (Cert | Access | Keys)[]>>();
const named = protect({ allOf: { user: { scheme: 'access' }, workload: { scheme: 'cert' } } });
const d9 = named.decision(req);
yes<Equal<typeof d9.principals, { readonly user: Access; readonly workload: Cert }>>();
yes<Equal<typeof d9.principal, Access | Cert>>();

// A requirement that is written elsewhere, and one of which nothing is known.
const orders = { scheme: 'access', scopes: ['orders:read'] } as const;
type P7 = PrincipalOf<typeof auth, typeof orders>;
yes<Equal<P7, Access>>();
protect(orders);
yes<Equal<PrincipalOf<typeof auth, Requirement>, Access | Keys | Cert | null>>();
const whoever = principal(req);
yes<Equal<typeof whoever, Access | Keys | Cert | null>>();

// resolve, of which `covers` tells the types.
const rpc = protect({
  resolve: (r) => (r.method === 'POST' ? { scheme: 'keys' } : { scheme: 'access' }),
  covers: [{ scheme: 'keys' }, { scheme: 'access' }],
});
const p8 = rpc.principal(req);
yes<Equal<typeof p8, Access | Keys>>();

// @ts-expect-error unknown scheme
protect({ scheme: 'acces' });
// @ts-expect-error misspelt
protect({ scheme: 'access', scope: ['x'] });
// @ts-expect-error misspelt inside
protect({ anyOf: [{ scheme: 'access', scope: ['x'] }, { scheme: 'keys' }] });
// @ts-expect-error misspelt in optional
protect({ optional: { scheme: 'access', scope: ['x'] } });
// @ts-expect-error misspelt in a named branch
protect({ allOf: { user: { scheme: 'access', scope: ['x'] } } });
// @ts-expect-error misspelt three levels down
protect({ anyOf: [{ allOf: [{ scheme: 'cert' }, { optional: { scheme: 'access', role: ['x'] } }] }] });
// @ts-expect-error unknown scheme inside
protect({ anyOf: [{ scheme: 'access' }, { scheme: 'key' }] });
// @ts-expect-error empty
protect({ anyOf: [] });
// @ts-expect-error empty
protect({ allOf: [] });
// @ts-expect-error empty inside
protect({ optional: { anyOf: [] } });
// @ts-expect-error two forms
protect({ scheme: 'access', public: true });
// @ts-expect-error two forms
protect({ anyOf: [{ scheme: 'access' }], allOf: [{ scheme: 'access' }] });
// @ts-expect-error not true
protect({ public: false });
// @ts-expect-error scopes are a list
protect({ scheme: 'access', scopes: 'orders:read' });
// @ts-expect-error nullable
void opt.principal(req).subject;
// @ts-expect-error narrowing needed
void p2.claims.tenant;
// @ts-expect-error principals cannot be changed
p1.subject = 'admin';

// auth.check infers the same, and a refusal has no principal.
export async function handle(): Promise<void> {
  const decision = await auth.check(request, { anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] });
  // @ts-expect-error not decided yet
  void decision.principal;
  if (decision.kind === 'refuse') {
    decision.status satisfies number;
    return;
  }
  yes<Equal<typeof decision.principal, Access | Keys>>();
  yes<Equal<typeof decision.principals, readonly (Access | Keys)[]>>();
  if (decision.principal.scheme === 'access') decision.principal.claims.tenant satisfies string;

  const both = await auth.check(request, { allOf: { user: { scheme: 'access' }, workload: { scheme: 'cert' } } });
  if (both.kind === 'allow') {
    yes<Equal<typeof both.principals.user, Access>>();
    yes<Equal<typeof both.principals.workload, Cert>>();
  }
  // @ts-expect-error misspelt
  void auth.check(request, { scheme: 'access', scope: ['x'] });
  // @ts-expect-error unknown scheme
  void auth.check(request, { scheme: 'acces' });
  // @ts-expect-error empty
  void auth.check(request, { anyOf: [] });

  const read: Requirement<'access' | 'keys' | 'cert'> = JSON.parse('{"public":true}') as Requirement<'access'>;
  const unknown = await auth.check(request, read);
  if (unknown.kind === 'allow') yes<Equal<typeof unknown.principal, Access | Keys | Cert | null>>();
}
