import type { Failure } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';

/** That a request is refused, and by whom; `settle` makes an answer and an event of it. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly failure: Failure;
  /** Whose failure it is; unset where it is nobody's by itself. */
  readonly slot?: number;
  /** All failures by slot, where several credentials failed. */
  readonly failures?: ReadonlyMap<number, Failure>;
  /** Whoever was proved before permission was refused. */
  readonly principal?: Principal;
}
