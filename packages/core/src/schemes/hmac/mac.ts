import { crypto } from '#crypto';

import { after, isPromise } from '../../base/awaitable.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Sign } from '../../crypto/crypto.js';

/** HMAC-SHA-256 (RFC 2104) under one secret, which it does not show. */
export type Mac = (data: Uint8Array) => Awaitable<Uint8Array>;

/** Imports a secret once; one of the two back ends takes its time for it. */
export function createMac(secret: Uint8Array): Mac {
  return signLater(() => crypto.importSigningSecret(secret, 'HS256'));
}

/** Signs with a key that may still be on its way. */
export function signLater(load: () => Awaitable<Sign>): Sign {
  let key = load();
  if (isPromise(key)) {
    const late = key.then((sign) => (key = sign));
    // Whoever signs is told; until then nobody waits.
    late.catch(() => undefined);
    key = late;
  }
  return (data) => after(key, (sign) => sign(data));
}
