import type { ApiKeyChange, ApiKeyRecord } from '../credentials.js';

const pageSize = 4096;
const hashBytes = 32;
// Lists beyond so many different ones are kept for each key by itself.
const maxSharedRights = 10_000;

/** Numbers of a record, in the order of their columns; NaN where there is none. */
const columns = ['createdAt', 'expiresAt', 'lastUsedAt', 'uses'] as const;

/** What many keys have in common. */
type Rights = Pick<ApiKeyRecord, 'scopes' | 'roles' | 'addresses' | 'limit' | 'revoked' | 'disabled'>;

/** What few keys have. */
type Rare = Pick<ApiKeyRecord, 'name' | 'notBefore' | 'replacedUntil'>;

/** Members of a key that are no numbers, beside each other: a key is in few lines of the processor's cache. */
const members = 3;

class Page {
  readonly hashes = new Uint8Array(pageSize * hashBytes);
  /** Columns that no key of the page has yet are not there. */
  readonly numbers: (Float64Array | undefined)[] = columns.map(() => undefined);
  readonly next = new Int32Array(pageSize);
  /** Id, subject and rights of each. */
  readonly members = Array.from<string | Rights>({ length: pageSize * members }).fill('');
}

/**
 * Records of API keys in numbered slots, member by member in pages: an object a key would cost twice the memory, and the collector
 * would walk over a million of them.
 */
export class KeyColumns {
  readonly #pages: Page[] = [];
  readonly #sharedRights = new Map<string, Rights>();
  readonly #rare = new Map<number, Rare>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param hash 32 bytes */
  append(hash: Uint8Array, record: ApiKeyRecord): number {
    const slot = this.#length++;
    if (slot % pageSize === 0) this.#pages.push(new Page());
    const page = this.#pageOf(slot);
    const at = slot % pageSize;
    page.hashes.set(hash, at * hashBytes);
    page.members[at * members] = record.id;
    page.members[at * members + 1] = record.subject;
    page.members[at * members + 2] = this.#share(record);
    this.#setNumbers(slot, record);
    this.#setRare(slot, record);
    return slot;
  }

  read(slot: number): ApiKeyRecord {
    const page = this.#pageOf(slot);
    const at = slot % pageSize;
    const { scopes, roles, addresses, limit, revoked, disabled } = rightsOf(page, at);
    const record: { -readonly [Name in keyof ApiKeyRecord]: ApiKeyRecord[Name] } = {
      id: page.members[at * members] as string,
      subject: page.members[at * members + 1] as string,
      scopes,
      roles,
      revoked,
      disabled,
    };
    if (addresses !== undefined) record.addresses = addresses;
    if (limit !== undefined) record.limit = limit;
    for (let column = 0; column < columns.length; column++) {
      const number = page.numbers[column]?.[at];
      if (number !== undefined && !Number.isNaN(number)) record[columns[column]!] = number;
    }
    return this.#rare.size === 0 ? record : Object.assign(record, this.#rare.get(slot));
  }

  change(slot: number, change: ApiKeyChange): void {
    const page = this.#pageOf(slot);
    const at = slot % pageSize;
    page.members[at * members + 2] = this.#share({ ...rightsOf(page, at), ...change });
    this.#setNumbers(slot, change);
    this.#setRare(slot, change);
  }

  addUse(slot: number, uses: number, lastUsedAt: number): void {
    const { uses: before = 0, lastUsedAt: last = 0 } = this.read(slot);
    this.#setNumbers(slot, { uses: before + uses, lastUsedAt: Math.max(last, lastUsedAt) });
  }

  /** Whether a slot has this hash; takes the same time wherever the two differ. */
  hasHash(slot: number, hash: Uint8Array): boolean {
    const { hashes } = this.#pageOf(slot);
    const start = (slot % pageSize) * hashBytes;
    let difference = 0;
    for (let i = 0; i < hashBytes; i++) difference |= hashes[start + i]! ^ hash[i]!;
    return difference === 0;
  }

  /** The front of the hash of a slot. */
  numberOf(slot: number): number {
    return frontOf(this.#pageOf(slot).hashes, (slot % pageSize) * hashBytes);
  }

  /** A slot that another was made to follow on; see `setNext`. */
  next(slot: number): number {
    return this.#pageOf(slot).next[slot % pageSize]!;
  }

  setNext(slot: number, next: number): void {
    this.#pageOf(slot).next[slot % pageSize] = next;
  }

  #pageOf(slot: number): Page {
    return this.#pages[Math.floor(slot / pageSize)]!;
  }

  #setNumbers(slot: number, change: Partial<ApiKeyRecord>): void {
    const { numbers } = this.#pageOf(slot);
    for (const [column, name] of columns.entries()) {
      const number = change[name];
      if (number === undefined) continue;
      numbers[column] ??= new Float64Array(pageSize).fill(NaN);
      numbers[column][slot % pageSize] = number;
    }
  }

  #setRare(slot: number, { name, notBefore, replacedUntil }: Rare): void {
    if (name === undefined && notBefore === undefined && replacedUntil === undefined) return;
    this.#rare.set(slot, {
      ...this.#rare.get(slot),
      ...(name !== undefined && { name }),
      ...(notBefore !== undefined && { notBefore }),
      ...(replacedUntil !== undefined && { replacedUntil }),
    });
  }

  /** Lists that agree are one: most keys have the scopes of many others. */
  #share({ scopes, roles, addresses, limit, revoked, disabled }: Rights): Rights {
    const text = JSON.stringify([scopes, roles, addresses, limit?.points, limit?.seconds, revoked, disabled]);
    const known = this.#sharedRights.get(text);
    if (known !== undefined) return known;
    const rights = Object.freeze({
      scopes: Object.freeze([...scopes]),
      roles: Object.freeze([...roles]),
      revoked,
      disabled,
      ...(addresses !== undefined && { addresses: Object.freeze([...addresses]) }),
      ...(limit !== undefined && { limit: Object.freeze({ points: limit.points, seconds: limit.seconds }) }),
    });
    if (this.#sharedRights.size < maxSharedRights) this.#sharedRights.set(text, rights);
    return rights;
  }
}

const rightsOf = (page: Page, at: number): Rights => page.members[at * members + 2] as Rights;

/** The first 32 bits from a place on. */
export function frontOf(bytes: Uint8Array, start = 0): number {
  return (bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!;
}
