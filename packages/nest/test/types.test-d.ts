import { apiKey, createAuth, jwt, type PrincipalOf } from '@auth/core';
import { AuthModule, CurrentPrincipal, Protect, type NestAuth, type NestRequest } from '@auth/nest';
import { Controller, Get, Post } from '@nestjs/common';
import { expectTypeOf } from 'vitest';

interface Claims {
  readonly team: string;
}

const auth = createAuth({
  schemes: {
    access: jwt<Claims>({ issuer: 'https://issuer.example', audience: 'https://api.example', jwks: { keys: [] } }),
    keys: apiKey({ prefix: 'acme', keys: [] }),
  },
});

// The principal is what the requirement proves.
const orders = { scheme: 'access', scopes: ['orders:read'] } as const;
const either = { anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] } as const;
const maybe = { optional: { scheme: 'keys' } } as const;
type Reader = PrincipalOf<typeof auth, typeof orders>;

@Controller('orders')
@Protect(orders)
export class Orders {
  @Get()
  list(@CurrentPrincipal() reader: Reader): string {
    expectTypeOf(reader.claims.team).toEqualTypeOf<string>();
    expectTypeOf(reader.scheme).toEqualTypeOf<'access'>();
    return reader.subject;
  }

  @Get('either')
  @Protect(either)
  either(@CurrentPrincipal() writer: PrincipalOf<typeof auth, typeof either>): void {
    expectTypeOf(writer.scheme).toEqualTypeOf<'access' | 'keys'>();
  }

  @Post()
  @Protect(maybe, { hideForbidden: true })
  maybe(@CurrentPrincipal() somebody: PrincipalOf<typeof auth, typeof maybe>): void {
    expectTypeOf(somebody?.scheme).toEqualTypeOf<'keys' | undefined>();
  }
}

AuthModule.forRoot(auth);
AuthModule.forRootAsync({ inject: ['vault'], useFactory: async (vault: { open(): typeof auth }) => vault.open() });
// @ts-expect-error a guard, not its options
AuthModule.forRoot({ schemes: {} });

declare const service: NestAuth<typeof auth.schemes>;
declare const req: NestRequest;
expectTypeOf(service.principal(req)?.scheme).toEqualTypeOf<'access' | 'keys' | undefined>();

// @ts-expect-error a misspelt member does not compile
Protect({ scheme: 'access', scope: ['orders:read'] });
// @ts-expect-error nor does one further down
Protect({ anyOf: [{ scheme: 'access', role: ['admin'] }] });
