/**
 * One run at a time, shared by all who ask meanwhile. Whoever stops waiting stops nobody else's run: `stop` alone ends it, for
 * everybody.
 */
export class SingleFlight<T> {
  #flight: { readonly result: Promise<T>; readonly controller: AbortController } | undefined;

  get underWay(): boolean {
    return this.#flight !== undefined;
  }

  /** Joins the run that is under way, or starts one. */
  run(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#flight !== undefined) return this.#flight.result;
    const controller = new AbortController();
    // A turn later: work that ends at once must not end before it is known to be under way.
    const result = Promise.resolve(controller.signal)
      .then(work)
      .finally(() => (this.#flight = undefined));
    this.#flight = { result, controller };
    return result;
  }

  stop(reason: Error): void {
    this.#flight?.controller.abort(reason);
  }
}
