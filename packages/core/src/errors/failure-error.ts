import type { Failure } from '../contracts/failure.js';
import { hasBrand } from './brand.js';
import { failure, type FailureDetails, type Reason } from './failures.js';

const brand: unique symbol = Symbol.for('@auth/core/failure-error');

/** A failure that had to be thrown, since whoever found it answers something else (`request.url`, `request.body()`). The guard refuses with it. */
export class FailureError extends Error {
  readonly failure: Failure;
  readonly [brand] = true;

  constructor(failed: Failure, message: string = failed.reason, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FailureError';
    this.failure = failed;
  }
}

export function isFailureError(value: unknown): value is FailureError {
  return hasBrand(value, brand);
}

/**
 * Something that we depend on is down: refused as `dependency-unavailable`, never as the caller's fault.
 * Thrown by stores and key sources; `cause` is for the operator.
 */
export class DependencyError extends FailureError {
  /** @param options `message` and `cause` are for the operator alone */
  constructor(
    reason: Reason = 'dependency-unavailable',
    details: FailureDetails = {},
    options?: ErrorOptions & { readonly message?: string },
  ) {
    super(failure(reason, { ...details, code: 'dependency-unavailable' }), options?.message ?? reason, options);
    this.name = 'DependencyError';
  }
}
