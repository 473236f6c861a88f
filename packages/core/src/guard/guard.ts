import { after } from '../base/awaitable.js';
import { createSlot } from '../base/slot.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Allow, Decision } from '../contracts/decision.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Requirement } from '../contracts/requirement.js';
import { configurationError } from '../errors/configuration-error.js';
import { check, type CheckOptions } from './check.js';
import type { Plan } from './requirement.js';
import type { Settings } from './settings.js';

/** One requirement on one or more routes, still without a framework and without types. */
export interface Guard {
  readonly requirement: Requirement;
  check(request: AuthRequest): Awaitable<Decision>;
  /** @throws ConfigurationError on a request that this guard has not let through. */
  decision(request: AuthRequest | undefined): Allow;
}

export function createGuard(settings: Settings, plan: Plan, options: CheckOptions): Guard {
  const allows = createSlot<AuthRequest, Allow>();
  return {
    requirement: plan.requirement,
    check: (request) =>
      after(check(settings, request, plan, options), (decision) => {
        if (decision.kind === 'allow') allows.set(request, decision);
        return decision;
      }),
    decision(request) {
      const allow = request && allows.get(request);
      if (allow === undefined) {
        throw configurationError(
          'protect',
          'not-guarded',
          'this guard has not let the request through; put it before the handler that asks it',
        );
      }
      return allow;
    },
  };
}
