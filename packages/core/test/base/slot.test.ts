import { describe, expect, it } from 'vitest';

import { createSlot } from '../../src/base/slot.js';

describe('createSlot', () => {
  it.each([
    ['a plain object', {}],
    ['an object without a prototype', Object.create(null) as object],
    ['a frozen object', Object.freeze({})],
    ['a function', () => undefined],
    ['a proxy', new Proxy({}, {})],
  ])('keeps one value of %s, and the latest', (_title, holder) => {
    const slot = createSlot<object, number>();
    expect(slot.get(holder)).toBeUndefined();
    slot.set(holder, 1);
    expect(slot.get(holder)).toBe(1);
    slot.set(holder, 2);
    expect(slot.get(holder)).toBe(2);
  });

  it('keeps values of different objects apart, and those of different slots', () => {
    const [one, other] = [createSlot<object, string>(), createSlot<object, string>()];
    const [first, second] = [{}, {}];
    one.set(first, 'one first');
    other.set(first, 'other first');
    expect([one.get(first), other.get(first), one.get(second)]).toEqual(['one first', 'other first', undefined]);
  });

  it('gives nothing to an object that inherits from a holder', () => {
    const slot = createSlot<object, string>();
    const holder = {};
    slot.set(holder, 'secret');
    expect(slot.get(Object.create(holder) as object)).toBeUndefined();
  });

  it('shows nothing to whoever looks at the object', () => {
    const holder = {};
    createSlot<object, string>().set(holder, 'secret');
    expect(Reflect.ownKeys(holder)).toEqual([]);
    expect(JSON.stringify(holder)).toBe('{}');
  });
});
