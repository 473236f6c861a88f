import { vi } from 'vitest';

import type * as core from '../../src/index.js';
import type { CryptoBackend } from '../../src/crypto/crypto.js';

/** Both back ends, and all of core over each: what asks for `#crypto` gets this one. */
export interface Backend {
  readonly name: 'node' | 'web';
  readonly crypto: CryptoBackend;
  readonly core: typeof core;
}

async function loadBackend(name: Backend['name']): Promise<Backend> {
  const load = (): Promise<Pick<Backend, 'crypto'>> =>
    name === 'node' ? import('../../src/crypto/node.js') : import('../../src/crypto/web.js');
  vi.resetModules();
  vi.doMock('#crypto', load);
  const whole = await import('../../src/index.js');
  const { crypto } = await load();
  vi.doUnmock('#crypto');
  return { name, crypto, core: whole };
}

export const backends: readonly Backend[] = [await loadBackend('node'), await loadBackend('web')];
