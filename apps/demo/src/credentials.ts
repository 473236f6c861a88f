import type { TrustedKeys } from './auth.js';
import { makeApiKeys, makeSigningKey, type ApiKeys } from './keys.js';
import { mintTokens, type Tokens } from './tokens.js';

/** Everything that is made fresh for one run. */
export interface Credentials {
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
  /** What the API is told of them. */
  readonly forApi: TrustedKeys;
}

export async function makeCredentials(): Promise<Credentials> {
  const [rsa, ec, stranger] = await Promise.all([
    makeSigningKey('RS256', 'rsa-1'),
    makeSigningKey('ES256', 'ec-1'),
    makeSigningKey('ES256', 'ec-1'),
  ]);
  const apiKeys = makeApiKeys();
  const caller = { subject: 'nightly-report', scopes: ['orders:read'] };
  return {
    tokens: await mintTokens({ rsa, ec, stranger }),
    apiKeys,
    forApi: {
      jwks: { keys: [rsa.publicJwk, ec.publicJwk] },
      keys: [
        { id: 'key-1', key: apiKeys.good, ...caller },
        { id: 'key-0', key: apiKeys.revoked, revoked: true, ...caller },
      ],
    },
  };
}
