// What the page is told. Without imports, since the page's own modules read these types too.

/** The whole table. */
export interface BoardView {
  readonly frameworks: readonly FrameworkView[];
  readonly groups: readonly GroupView[];
  readonly cells: readonly CellView[];
}

export interface FrameworkView {
  readonly name: string;
  readonly url: string;
}

export interface GroupView {
  readonly title: string;
  readonly about: string;
  readonly requests: readonly RequestView[];
}

export interface RequestView {
  readonly id: string;
  readonly name: string;
  readonly good: boolean;
  readonly outcome: string;
  readonly reason: string;
  /** What the route asks, in words. */
  readonly requirement: string;
  readonly what: string;
  readonly why: string;
  readonly look: string | null;
  readonly see: readonly { readonly title: string; readonly url: string }[];
}

export type Line = readonly [name: string, value: string];

export interface CellView {
  readonly request: string;
  readonly framework: string;
  readonly outcome: string;
  readonly reason: string;
  readonly ms: number;
  readonly faults: readonly string[];
  readonly requestLine: string;
  readonly requestHeaders: readonly Line[];
  /** Unset where there is none. */
  readonly requestBody?: string;
  /** Null where nothing came. */
  readonly statusLine: string | null;
  readonly answerHeaders: readonly Line[];
  readonly body: string;
  /** The parts of the request that are credentials. */
  readonly secrets: readonly string[];
  readonly events: readonly EventView[];
  /** What the operator's log is told. */
  readonly explanations: readonly string[];
  readonly curl: string;
}

/** An audit event of any kind; the members that the page shows by themselves. */
export interface EventView {
  readonly id: string;
  readonly time: string;
  readonly kind: string;
  readonly outcome: string;
  readonly reason: string;
  // Of an attempt alone.
  readonly subject?: string | null;
  readonly method?: string;
  readonly path?: string;
  readonly durationMs?: number;
}

/** The keys of the issuer, by their `kid`. */
export interface KeysView {
  readonly signing: string;
  readonly published: readonly string[];
}

export interface AuditView {
  readonly server: string;
  readonly event: EventView;
}
