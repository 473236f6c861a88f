import { ConfigurationError, isConfigurationError, type Fault } from './configuration-error.js';

/** Gathers everything that is wrong with some options, so that one start tells all. */
export class Faults {
  readonly #list: Fault[] = [];

  add(path: string, reason: string, message: string): void {
    this.#list.push({ path, reason, message });
  }

  /** Members that no option has: a misspelt option must not pass for one that is unset. */
  addUnknown(options: object, known: readonly string[]): void {
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || known.includes(name)) continue;
      this.add(name, 'unknown-option', `is not an option; the options are ${known.join(', ')}`);
    }
  }

  /** Runs a step that may throw a `ConfigurationError`, and keeps its faults under `path`. */
  within<T>(path: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (!isConfigurationError(error)) throw error;
      for (const fault of error.faults)
        this.add([path, fault.path].filter((part) => part !== '').join('.'), fault.reason, fault.message);
      return undefined;
    }
  }

  get found(): readonly Fault[] {
    return this.#list;
  }

  /** @throws ConfigurationError where anything was found. */
  throwIfAny(): void {
    if (this.#list.length > 0) throw new ConfigurationError(this.#list);
  }
}
