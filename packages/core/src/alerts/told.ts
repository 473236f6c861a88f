import type { AlertContext, SecurityAlert } from '../contracts/alerts.js';

// Decision: whoever is woken by an alert needs not be woken by it again for so long.
const quietSeconds = 300;

interface Quiet {
  latest: SecurityAlert;
  /** Since the last one that was told. */
  count: number;
  stop: () => void;
}

/** Tells an alert at once, and of its equals that come within five minutes one, with their number. */
export class Told {
  readonly #quiet = new Map<string, Quiet>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  tell(key: string, alert: SecurityAlert, { clock, tell }: AlertContext): void {
    const known = this.#quiet.get(key);
    if (known !== undefined) {
      known.count++;
      known.latest = alert;
      return;
    }
    tell(alert);
    if (this.#quiet.size >= this.#max) this.#end(this.#quiet.keys().next().value!, tell);
    this.#wait(key, { latest: alert, count: 0, stop: () => undefined }, { clock, tell });
  }

  close(tell: AlertContext['tell']): void {
    for (const key of this.#quiet.keys()) this.#end(key, tell);
  }

  #wait(key: string, quiet: Quiet, { clock, tell }: Pick<AlertContext, 'clock' | 'tell'>): void {
    this.#quiet.set(key, quiet);
    quiet.stop = clock.schedule(clock.now() + quietSeconds, () => {
      const { count, latest } = quiet;
      this.#end(key, tell);
      if (count > 0) this.#wait(key, { latest, count: 0, stop: () => undefined }, { clock, tell });
    });
  }

  #end(key: string, tell: AlertContext['tell']): void {
    const { latest, count, stop } = this.#quiet.get(key)!;
    stop();
    this.#quiet.delete(key);
    if (count > 0) tell({ ...latest, count });
  }
}
