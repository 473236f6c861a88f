/** Where all time comes from. Every wait and every comparison with "now" goes through one of these. */
export interface Clock {
  /** Seconds since 1970-01-01T00:00:00Z; may have a fraction (NumericDate, RFC 7519 §2). */
  now(): number;
  /**
   * Runs `run` once when `now()` has reached `at` (seconds since the epoch), and answers how to call it off.
   * A scheduled run never keeps the process alive.
   */
  schedule(at: number, run: () => void): () => void;
}

/** Where all randomness comes from: `length` bytes, cryptographically secure. */
export type RandomSource = (length: number) => Uint8Array;
