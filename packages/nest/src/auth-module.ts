import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule, DiscoveryService, Reflector } from '@nestjs/core';

import { AuthGuard, NestAuth, type AnyAuth } from './nest-auth.js';
import { RefusalFilter } from './refusal.js';

const authToken = Symbol('@auth/nest:auth');

/** Options of `AuthModule.forRootAsync`. */
export interface AuthModuleAsyncOptions {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  // Providers have no types that a factory could be checked against.
  readonly useFactory: (...args: never[]) => AnyAuth | Promise<AnyAuth>;
}

/**
 * Guards for Nest 11 and 12, on Express and on Fastify. Denies by default: a handler without `@Protect` is refused. A wrong
 * requirement fails the start, as does a gateway without `@UseGuards(AuthGuard)`; closing the application closes the guard.
 * @example
 * @Module({ imports: [AuthModule.forRoot(auth)], controllers: [Orders] })
 */
@Module({})
export class AuthModule {
  static forRoot(auth: AnyAuth): DynamicModule {
    return define({ provide: authToken, useValue: auth }, []);
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: AuthModuleAsyncOptions): DynamicModule {
    return define({ provide: authToken, inject, useFactory: useFactory as FactoryProvider['useFactory'] }, imports);
  }
}

function define(auth: Provider, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
  return {
    module: AuthModule,
    global: true,
    imports: [...imports, DiscoveryModule],
    providers: [
      auth,
      {
        provide: NestAuth,
        inject: [authToken, Reflector, DiscoveryService],
        useFactory: (given: AnyAuth, reflector: Reflector, discovery: DiscoveryService) =>
          new NestAuth(given, reflector, discovery),
      },
      AuthGuard,
      { provide: APP_GUARD, useExisting: AuthGuard },
      { provide: APP_FILTER, useClass: RefusalFilter },
    ],
    exports: [NestAuth, AuthGuard],
  };
}
