import type { Awaitable } from '../../contracts/awaitable.js';

/** One rule that a store must keep, for any test framework: `for (const { title, run } of cases) it(title, run)`. */
export interface ContractCase {
  readonly title: string;
  /** Rejects, with an AssertionError of Node, where the store does not keep it. */
  readonly run: () => Promise<void>;
}

/** Makes a store that holds nothing. Called once for each case. */
export type MakeStore<Store> = () => Awaitable<Store>;

/** Cases of rules by their titles. */
export function casesOf<Store>(
  name: string,
  make: MakeStore<Store>,
  rules: Readonly<Record<string, (store: Store) => Promise<void>>>,
): readonly ContractCase[] {
  return Object.entries(rules).map(([title, rule]) => ({
    title: `${name}: ${title}`,
    run: async () => rule(await make()),
  }));
}

/** What names may be made of that a store must keep apart, and never take for anything but names. */
export const oddNames: readonly string[] = [
  'a:b', 'a:b:c', 'a*', 'a\nb', 'a b', "a' or '1'='1", 'a"; drop table x; --', '$1', '{a}', '__proto__', 'constructor', 'é', 'e\u0301', '日本', 'x'.repeat(1000), 'x'.repeat(1001),
]; // prettier-ignore

/** So many at the same instant. */
export const atOnce = <T>(count: number, work: (index: number) => Awaitable<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, async (_, index) => work(index)));
