import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { constantTimeEqual } from '../../src/base/constant-time.js';

it('constantTimeEqual agrees with comparing byte by byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), fc.nat(), (a, b, at) => {
      const flipped = Uint8Array.from(a, (byte, i) => (i === at % a.length ? byte ^ 1 : byte));
      expect(constantTimeEqual(a, Uint8Array.from(a))).toBe(true);
      expect(constantTimeEqual(a, flipped)).toBe(a.length === 0);
      expect(constantTimeEqual(a, b)).toBe(Buffer.from(a).equals(b));
    }),
  );
});
