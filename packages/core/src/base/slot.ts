/** One value for each object that it is given for, seen by nobody who does not hold the slot. */
export interface Slot<K extends object, V> {
  get(holder: K): V | undefined;
  set(holder: K, value: V): void;
}

/** Answers the very object that it is given, so that the private member of a subclass comes to stand on it. */
class Holder {
  constructor(object: object) {
    return object;
  }
}

/**
 * Makes a slot: a WeakMap, but the value stands on the object itself, as a private member. V8's collector takes the values of
 * a WeakMap for alive until its next full run, with all that they refer to: with an entry a request, every request grows old,
 * and collecting it costs more than checking it.
 */
export function createSlot<K extends object, V>(): Slot<K, V> {
  // For objects that take no new members; whether private ones count is not settled between engines.
  const apart = new WeakMap<K, V>();
  class Stamped extends Holder {
    #value: V;

    private constructor(holder: K, value: V) {
      super(holder);
      this.#value = value;
    }

    static get(holder: K): V | undefined {
      return #value in holder ? holder.#value : apart.get(holder);
    }

    static set(holder: K, value: V): void {
      if (#value in holder) holder.#value = value;
      else if (Object.isExtensible(holder)) void new Stamped(holder, value);
      else apart.set(holder, value);
    }
  }
  return Stamped;
}
