import type { RandomSource } from '../contracts/clock.js';
import { toHex } from './bytes.js';

export const systemRandom: RandomSource = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A version 4 UUID (RFC 9562 §5.4). */
export function randomUuid(random: RandomSource): string {
  // The platform's own is many times faster, since it draws ahead.
  if (random === systemRandom) return crypto.randomUUID();
  const bytes = random(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
