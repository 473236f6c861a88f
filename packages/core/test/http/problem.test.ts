import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { createProblemWriter } from '../../src/http/problem.js';

it('a problem is JSON with our members first, whatever texts are set (RFC 9457 §3)', () => {
  const texts = fc.record({ typeBase: fc.string(), title: fc.string(), name: fc.string(), value: fc.string() });
  fc.assert(
    fc.property(texts, ({ typeBase, title, name, value }) => {
      const write = createProblemWriter({ typeBase, titles: { 'not-found': title }, members: { [`x${name}`]: value } });
      for (let i = 0; i < 2; i++) {
        const text = new TextDecoder().decode(write('not-found', 404, 'urn:uuid:1'));
        expect(JSON.parse(text)).toEqual({
          type: `${typeBase}not-found`.toWellFormed(),
          title,
          status: 404,
          code: 'not-found',
          instance: 'urn:uuid:1',
          [`x${name}`]: value,
        });
      }
    }),
  );
});
