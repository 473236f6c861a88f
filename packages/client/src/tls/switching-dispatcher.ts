import { Dispatcher } from 'undici';

/** Connections that come and go together. */
export interface Connections {
  readonly dispatcher: Dispatcher;
  /** Ends all of them at once, with whatever is under way. */
  readonly cut: () => void;
}

/**
 * Sends by one dispatcher at a time. When another takes its place, requests under way go on over the old one, up to a deadline, and
 * whatever comes next goes to the new one: none fails, and none waits.
 */
export class SwitchingDispatcher extends Dispatcher {
  #current: Connections;
  readonly #drainSeconds: number;
  readonly #draining = new Set<Promise<void>>();

  constructor(first: Connections, drainSeconds: number) {
    super();
    this.#current = first;
    this.#drainSeconds = drainSeconds;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#current.dispatcher.dispatch(options, handler);
  }

  replace(next: Connections): void {
    const old = this.#current;
    this.#current = next;
    const draining = this.#drain(old).finally(() => this.#draining.delete(draining));
    this.#draining.add(draining);
  }

  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | void {
    const closed = Promise.all([this.#drain(this.#current), ...this.#draining]).then(() => undefined);
    if (callback === undefined) return closed;
    void closed.then(callback);
  }

  override destroy(): Promise<void> {
    return this.#current.dispatcher.destroy();
  }

  async #drain({ dispatcher, cut }: Connections): Promise<void> {
    const deadline = setTimeout(cut, this.#drainSeconds * 1000);
    deadline.unref();
    // `close` of undici takes no new requests, and ends when those under way have.
    await dispatcher.close().catch(() => undefined);
    clearTimeout(deadline);
  }
}
