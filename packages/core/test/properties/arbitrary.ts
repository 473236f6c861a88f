import * as fc from 'fast-check';

/** Any UTF-16 text: control characters and lone surrogates too. */
export const noise: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

/** Texts made of the pieces that a grammar knows: most are nearly well formed. */
export const madeOf = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...pieces) }, fc.string({ maxLength: 2 })),
    maxLength: 20,
  });

/** The same text after one to three small changes: a character dropped, doubled or replaced, two swapped, the rest cut off. */
export function mutated(text: fc.Arbitrary<string>, by: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'replace', 'swap', 'cut'), by);
  return fc.tuple(text, fc.array(change, { minLength: 1, maxLength: 3 })).map(([good, changes]) => {
    let changed = good;
    for (const [at, how, other] of changes) changed = changeAt(changed, at % (changed.length + 1), how, other);
    return changed;
  });
}

function changeAt(text: string, at: number, how: string, other: string): string {
  const [before, here, after] = [text.slice(0, at), text.slice(at, at + 1), text.slice(at + 1)];
  switch (how) {
    case 'drop':
      return before + after;
    case 'double':
      return before + here + here + after;
    case 'replace':
      return before + other + after;
    case 'swap':
      return before + after.slice(0, 1) + here + after.slice(1);
    default:
      return before;
  }
}
