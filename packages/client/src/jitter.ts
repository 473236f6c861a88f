import type { RandomSource } from '@auth/core/signing';

/** A number from 0 up to 1, without it. */
export function drawFraction(random: RandomSource): number {
  const [a = 0, b = 0, c = 0] = random(3);
  return ((a << 16) | (b << 8) | c) / 2 ** 24;
}
