import type { PrincipalFor, Schemes } from '../contracts/requirement.js';

/**
 * The principal that a requirement of this `auth` proves, as a type.
 * @example type Reader = PrincipalOf<typeof auth, typeof readOrders>
 */
export type PrincipalOf<A, R> = A extends { readonly schemes: infer S extends Schemes } ? PrincipalFor<S, R> : never;
