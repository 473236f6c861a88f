import type { HeaderList } from '../contracts/failure.js';
import type { LimitAnswer, RateLimit } from '../contracts/stores.js';

/** What became of one limit, by the name that callers see. */
export interface LimitState {
  readonly name: 'address' | 'credential' | 'subject' | 'route';
  readonly limit: RateLimit;
  readonly answer: LimitAnswer;
}

/**
 * Formats `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11 §3, §4). `t` is the time to the next point where none is left, else the
 * time until the bucket is full.
 */
export function formatRateLimits(states: readonly LimitState[]): HeaderList {
  if (states.length === 0) return [];
  const policy = states.map(({ name, limit }) => `"${name}";q=${limit.points};w=${limit.seconds}`);
  const state = states.map((each) => `"${each.name}";r=${each.answer.remaining};t=${secondsOf(each)}`);
  return [
    ['ratelimit-policy', policy.join(', ')],
    ['ratelimit', state.join(', ')],
  ];
}

/** Whole seconds, at least one where there is something to wait for. */
export const wholeSeconds = (seconds: number): number => Math.max(1, Math.ceil(seconds - 1e-6));

function secondsOf({ limit, answer }: LimitState): number {
  if (!answer.allowed) return wholeSeconds(answer.waitSeconds);
  if (answer.remaining > 0) return Math.ceil(answer.resetSeconds - 1e-6);
  // The next point is there when all but the others are.
  return wholeSeconds(answer.resetSeconds - ((limit.points - 1) * limit.seconds) / limit.points);
}
