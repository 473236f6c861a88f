/**
 * A permission as a policy grants it: segments between colons, where `*` is any one segment and `**`, as the last, one or more.
 * Decision: wildcards live in policies alone; what is asked is a name, and `*` in it is a letter that no name has.
 */
export const isPattern = (text: unknown): text is string =>
  typeof text === 'string' && /^(?:[^\s:*]+|\*)(?::(?:[^\s:*]+|\*))*(?::\*\*)?$|^\*\*$/.test(text);

export const isPermission = (text: unknown): text is string => isPattern(text) && !text.includes('*');

interface Node<T> {
  readonly next: Map<string, Node<T>>;
  /** Of patterns that end here. */
  value?: T;
  /** Of patterns that end with `**` here. */
  rest?: T;
}

const newNode = <T>(): Node<T> => ({ next: new Map() });

/** Values by pattern; finds those of all patterns that a name matches in steps of its segments, however many patterns there are. */
export class PatternIndex<T> {
  readonly #root: Node<T> = newNode();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  /** The value of a pattern, made where there is none. */
  at(pattern: string): T {
    const segments = pattern.split(':');
    const open = segments.at(-1) === '**';
    let node = this.#root;
    for (const segment of open ? segments.slice(0, -1) : segments) {
      let next = node.next.get(segment);
      if (next === undefined) node.next.set(segment, (next = newNode()));
      node = next;
    }
    return open ? (node.rest ??= this.#make()) : (node.value ??= this.#make());
  }

  find(name: string): readonly T[] {
    const found: T[] = [];
    if (isPermission(name)) collect(this.#root, name.split(':'), 0, found);
    return found;
  }
}

function collect<T>(node: Node<T>, segments: readonly string[], index: number, found: T[]): void {
  if (index === segments.length) {
    if (node.value !== undefined) found.push(node.value);
    return;
  }
  if (node.rest !== undefined) found.push(node.rest);
  const exact = node.next.get(segments[index]!);
  if (exact !== undefined) collect(exact, segments, index + 1, found);
  const any = node.next.get('*');
  if (any !== undefined) collect(any, segments, index + 1, found);
}
