import type { IncomingMessage } from 'node:http';

import { ConfigurationError, type Allow, type CheckOptions, type Exact, type Requirement } from '@auth/core';
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';

import { messageOf, requestOf } from './nest-request.js';

/** What `@Protect` writes down. */
export interface Declared {
  readonly requirement: Requirement;
  readonly options: CheckOptions | undefined;
}

export const declaredKey = '@auth/nest:requirement';

/**
 * Says what a controller or a handler asks: that of a handler replaces that of its controller. Data alone; the guard of
 * `AuthModule` reads it.
 * @example
 * @Controller('orders') @Protect({ scheme: 'access', scopes: ['orders:read'] })
 */
export const Protect = <const R extends Requirement>(
  requirement: R & Exact<R>,
  options?: CheckOptions,
): ClassDecorator & MethodDecorator => SetMetadata(declaredKey, { requirement, options } satisfies Declared);

/** How to ask, of a request, what its guard decided for a handler. */
const deciders = new WeakMap<IncomingMessage, (context: ExecutionContext) => Allow>();

export function rememberDecider(message: IncomingMessage, decider: (context: ExecutionContext) => Allow): void {
  deciders.set(message, decider);
}

export const misuse = (path: string, reason: string, message: string): ConfigurationError =>
  new ConfigurationError([{ path, reason, message }]);

export const notGuarded = (): ConfigurationError =>
  misuse('AuthGuard', 'not-guarded', 'no guard has let this call through; import AuthModule.forRoot(auth)');

function decisionOf(context: ExecutionContext): Allow {
  const req = requestOf(context);
  const decider = req && deciders.get(messageOf(req));
  if (decider === undefined) throw notGuarded();
  return decider(context);
}

/** The parameter that is who was let through; null where nobody had to prove anything. Its type: `PrincipalOf`. */
export const CurrentPrincipal: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => decisionOf(context).principal,
);

/** The parameter that is the whole pass: an `Allow`. */
export const CurrentDecision: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => decisionOf(context),
);
