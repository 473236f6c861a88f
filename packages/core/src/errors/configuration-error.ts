import { hasBrand } from './brand.js';

/** One thing that is wrong with the configuration. */
export interface Fault {
  /** Where, from the options given: `audience`, `jwks.keys[0]`, `schemes.access.algorithms`. */
  readonly path: string;
  /** Stable, kebab-case: `audience-required`. */
  readonly reason: string;
  /** What is wrong, and what to write instead. Holds no secret. */
  readonly message: string;
}

const brand: unique symbol = Symbol.for('@auth/core/configuration-error');

/** The configuration is wrong. Holds every fault found, not only the first. */
export class ConfigurationError extends Error {
  readonly code = 'configuration-error';
  readonly faults: readonly Fault[];
  readonly [brand] = true;

  constructor(faults: readonly Fault[]) {
    super(faults.map((fault) => `${fault.path}: ${fault.message}`).join('\n'));
    this.name = 'ConfigurationError';
    this.faults = Object.freeze([...faults]);
  }
}

export function isConfigurationError(value: unknown): value is ConfigurationError {
  return hasBrand(value, brand);
}

/** A configuration error with one fault. */
export function configurationError(path: string, reason: string, message: string): ConfigurationError {
  return new ConfigurationError([{ path, reason, message }]);
}
