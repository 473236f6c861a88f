import type { Code, HeaderList } from './failure.js';
import type { PolicyContext } from './policy.js';
import type { Principal } from './principal.js';

/** A whole HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

export type Decision<P = Principal | null, Ps = readonly Principal[]> = Allow<P, Ps> | Refuse;

export interface Allow<P = Principal | null, Ps = readonly Principal[]> {
  readonly kind: 'allow';
  /** The first that holds, in the order of the requirement; null where nobody had to prove anything. */
  readonly principal: P;
  readonly principals: Ps;
  /** Header lines for the answer of the handler. */
  readonly headers: HeaderList;
  /** Where the request comes from: for a policy that is asked in a handler. */
  readonly context: PolicyContext;
  /** Aborts when a credential of this decision ends: for WebSockets, event streams, long work. Made on first use. */
  readonly ended: AbortSignal;
  /**
   * Set where a scheme that proved the request signs responses: gives the header lines to add to what the handler is about to send.
   * Rejects where the response cannot be signed: send none then, or an error.
   */
  readonly signResponse?: ((response: Answer) => Promise<HeaderList>) | undefined;
}

/** A refusal, ready to send. */
export interface Refuse extends Answer {
  readonly kind: 'refuse';
  readonly code: Code;
  /** Later: approvals. */
  readonly pending?: {
    readonly id: string;
    readonly location: string;
    readonly intervalSeconds: number;
    readonly expiresAt: number;
  };
}
