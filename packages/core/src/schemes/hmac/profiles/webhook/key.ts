import { crypto } from '#crypto';

import { after, all } from '../../../../base/awaitable.js';
import { constantTimeEqual } from '../../../../base/constant-time.js';
import type { Awaitable } from '../../../../contracts/awaitable.js';
import type { Jwk } from '../../../../contracts/key.js';
import { findJwkFault } from '../../../../crypto/jwk.js';
import { readSignatureKey } from '../../../../message-signatures/verification-key.js';
import { createMac } from '../../mac.js';
import type { Delivery, KeyPairForm } from './format.js';

/** What one holder signs deliveries with. */
export interface DeliveryKey {
  /** Whether one of the signatures is of this key. Each is tried, so that the time tells nothing of which it was. */
  signed(delivery: Delivery, content: Uint8Array): Awaitable<boolean>;
}

/** A shared secret. */
export function createSecretKey(secret: Uint8Array): DeliveryKey {
  const mac = createMac(secret);
  return {
    signed: ({ signatures }, content) =>
      after(mac(content), (wanted) => signatures.filter((given) => constantTimeEqual(wanted, given)).length > 0),
  };
}

/** The public half of a key pair of Ed25519. */
export function createPublicKey(x: Uint8Array): DeliveryKey {
  const key = readSignatureKey({ keyid: 'sender', alg: 'ed25519', publicJwk: toJwk(x) });
  return {
    signed: ({ publicSignatures = [] }, content) =>
      after(all(publicSignatures.map((given) => key.verify(given, content))), (good) => good.includes(true)),
  };
}

/** Reads a public key; undefined for what is none, or one that verifies what nobody signed (a point of small order). */
export function decodePublicKey({ decodePublic }: KeyPairForm, text: string): Uint8Array | undefined {
  const x = decodePublic(text);
  return x !== undefined && findJwkFault(toJwk(x)) === undefined ? x : undefined;
}

export const toJwk = (x: Uint8Array): Jwk => ({ kty: 'OKP', crv: 'Ed25519', x: crypto.encodeBase64url(x) });
