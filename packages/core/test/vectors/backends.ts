import { vi } from 'vitest';

import type * as core from '../../src/index.js';
import type * as verificationKey from '../../src/message-signatures/verification-key.js';
import type * as signing from '../../src/signing.js';
import type { CryptoBackend } from '../../src/crypto/crypto.js';

/** Both back ends, and all of core over each: what asks for `#crypto` gets this one. */
export interface Backend {
  readonly name: 'node' | 'web';
  readonly crypto: CryptoBackend;
  readonly core: typeof core;
  readonly signing: typeof signing;
  readonly readSignatureKey: typeof verificationKey.readSignatureKey;
}

async function loadBackend(name: Backend['name']): Promise<Backend> {
  const load = (): Promise<Pick<Backend, 'crypto'>> =>
    name === 'node' ? import('../../src/crypto/node.js') : import('../../src/crypto/web.js');
  vi.resetModules();
  vi.doMock('#crypto', load);
  const whole = await import('../../src/index.js');
  const signer = await import('../../src/signing.js');
  const { readSignatureKey } = await import('../../src/message-signatures/verification-key.js');
  const { crypto } = await load();
  vi.doUnmock('#crypto');
  return { name, crypto, core: whole, signing: signer, readSignatureKey };
}

export const backends: readonly Backend[] = [await loadBackend('node'), await loadBackend('web')];
