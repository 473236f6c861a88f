import type { Requirement } from './requirement.js';

/** One line of the list that `denyByDefault` answers. */
export interface Route {
  /** `GET`; `*` for every method. */
  readonly method: string;
  /** The framework's pattern. */
  readonly path: string;
  /** Null where nothing is declared: such a route refuses every request. */
  readonly requirement: Requirement | null;
}
