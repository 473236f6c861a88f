import { describe, expect, it } from 'vitest';

import {
  createMemoryCredentials,
  createMemoryPasswords,
  createMemoryRateLimits,
  createMemoryReplay,
  createMemoryRevocation,
} from '../../src/index.js';
import { createMemorySigningKeys, createMemoryTokens } from '../../src/issuer.js';
import { createMemorySessions } from '../../src/oidc.js';
import {
  apiKeyStoreContract,
  passwordStoreContract,
  rateLimitStoreContract,
  replayStoreContract,
  revocationStoreContract,
  sessionStoreContract,
  signingKeyStoreContract,
  tokenStoreContract,
} from '../../src/testing.js';

describe('stores in memory', () => {
  const cases = [
    ...apiKeyStoreContract(() => createMemoryCredentials()),
    ...passwordStoreContract((users) => createMemoryPasswords(users)),
    ...rateLimitStoreContract(() => createMemoryRateLimits()),
    ...replayStoreContract(() => createMemoryReplay()),
    ...revocationStoreContract(() => createMemoryRevocation()),
    ...sessionStoreContract(() => createMemorySessions()),
    ...signingKeyStoreContract(() => createMemorySigningKeys()),
    ...tokenStoreContract(() => createMemoryTokens()),
  ];
  it.each(cases)('$title', ({ run }) => expect(run()).resolves.toBeUndefined());
});
