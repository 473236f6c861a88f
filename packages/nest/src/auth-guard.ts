import type { Awaitable } from '@auth/core';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

import { NestAuth } from './nest-auth.js';

/** Lets a call on only when what `@Protect` says holds. `AuthModule` puts it before every handler. */
@Injectable()
export class AuthGuard implements CanActivate {
  readonly #auth: NestAuth;

  constructor(auth: NestAuth) {
    this.#auth = auth;
  }

  canActivate(context: ExecutionContext): Awaitable<boolean> {
    return this.#auth.activate(context);
  }
}

// A call, since the decorator of a parameter does not compile without `experimentalDecorators`, and this is read as source too.
Inject(NestAuth)(AuthGuard, undefined, 0);
