import type { Faults } from '../errors/faults.js';

/** An object as JSON has it. */
export type Members = Readonly<Record<string, unknown>>;

/** Options that are still to come, each with the values that ask for nothing. */
export type Later = Readonly<Record<string, readonly unknown[]>>;

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Takes out what is still to come: without a word where it asks for nothing, as a fault else. */
export function withoutLater(members: Members, later: Later, faults: Faults): Members {
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) {
    const neutral = Object.hasOwn(later, name) ? later[name] : undefined;
    if (neutral === undefined) define(rest, name, value);
    else if (!neutral.includes(isObject(value) ? value['type'] : value))
      faults.add(name, 'not-supported', 'is not supported yet: leave it out');
  }
  return rest;
}

/** Those of the members that are there. */
export function pick(members: Members, names: readonly string[]): Members {
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(members, name) ? [[name, members[name]] as const] : [])),
  );
}

/** `__proto__` is a name like any other in JSON. */
function define(members: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}
