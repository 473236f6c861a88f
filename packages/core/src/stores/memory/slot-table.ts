/**
 * Finds numbered slots by a random number that belongs to each, such as the front of a hash: open addressing, at most half
 * full, some twelve bytes a slot. Not for numbers that a stranger can choose.
 */
export class SlotTable {
  readonly #numberOf: (slot: number) => number;
  // Slot + 1; 0 is a free place.
  #places = new Int32Array(16);
  #count = 0;

  /** @param numberOf the number of a slot: 32 bits, the same each time */
  constructor(numberOf: (slot: number) => number) {
    this.#numberOf = numberOf;
  }

  /** The first slot of this number that is the one looked for. */
  find(number: number, is: (slot: number) => boolean): number | undefined {
    const places = this.#places;
    const mask = places.length - 1;
    for (let at = number & mask; ; at = (at + 1) & mask) {
      const place = places[at]!;
      if (place === 0) return undefined;
      if (is(place - 1)) return place - 1;
    }
  }

  add(slot: number): void {
    if (++this.#count * 2 > this.#places.length) this.#grow();
    this.#put(slot);
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(before.length * 2);
    for (const place of before) if (place !== 0) this.#put(place - 1);
  }

  #put(slot: number): void {
    const mask = this.#places.length - 1;
    let at = this.#numberOf(slot) & mask;
    while (this.#places[at] !== 0) at = (at + 1) & mask;
    this.#places[at] = slot + 1;
  }
}
