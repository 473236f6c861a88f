import type { ApiKeyChange, ApiKeyRecord } from '../credentials.js';

const pageSize = 2048;
const hashBytes = 32;
// Lists beyond so many different ones are kept for each key by itself.
const maxSharedRights = 10_000;
const revokedFlag = 1;
const disabledFlag = 2;

/** Numbers of a record, in the order of their columns; NaN where there is none. */
const columns = ['createdAt', 'expiresAt', 'lastUsedAt', 'uses'] as const;

/** What many keys have in common. */
type Rights = Pick<ApiKeyRecord, 'scopes' | 'roles' | 'addresses' | 'limit'>;

/** What few keys have. */
type Rare = Pick<ApiKeyRecord, 'name' | 'notBefore' | 'replacedUntil'>;

const noRights: Rights = Object.freeze({ scopes: [], roles: [] });

class Page {
  readonly hashes = new Uint8Array(pageSize * hashBytes);
  /** Columns that no key of the page has yet are not there. */
  readonly numbers: (Float64Array | undefined)[] = columns.map(() => undefined);
  readonly flags = new Uint8Array(pageSize);
  readonly next = new Int32Array(pageSize);
  readonly ids = Array.from({ length: pageSize }, () => '');
  readonly subjects = Array.from({ length: pageSize }, () => '');
  readonly rights = Array.from({ length: pageSize }, () => noRights);
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
    page.ids[at] = record.id;
    page.subjects[at] = record.subject;
    page.rights[at] = this.#share(record);
    this.#setNumbers(slot, record);
    this.#setFlags(slot, record);
    this.#setRare(slot, record);
    return slot;
  }

  read(slot: number): ApiKeyRecord {
    const page = this.#pageOf(slot);
    const at = slot % pageSize;
    const flags = page.flags[at]!;
    const { scopes, roles, addresses, limit } = page.rights[at]!;
    const record: { -readonly [Name in keyof ApiKeyRecord]: ApiKeyRecord[Name] } = {
      id: page.ids[at]!,
      subject: page.subjects[at]!,
      scopes,
      roles,
      revoked: (flags & revokedFlag) !== 0,
      disabled: (flags & disabledFlag) !== 0,
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
    page.rights[at] = this.#share({ ...page.rights[at]!, ...change });
    this.#setNumbers(slot, change);
    this.#setFlags(slot, { ...this.read(slot), ...change });
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

  #setFlags(slot: number, { revoked, disabled }: ApiKeyRecord): void {
    this.#pageOf(slot).flags[slot % pageSize] = (revoked ? revokedFlag : 0) | (disabled ? disabledFlag : 0);
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
  #share({ scopes, roles, addresses, limit }: Rights): Rights {
    const text = JSON.stringify([scopes, roles, addresses, limit?.points, limit?.seconds]);
    const known = this.#sharedRights.get(text);
    if (known !== undefined) return known;
    const rights = Object.freeze({
      scopes: Object.freeze([...scopes]),
      roles: Object.freeze([...roles]),
      ...(addresses !== undefined && { addresses: Object.freeze([...addresses]) }),
      ...(limit !== undefined && { limit: Object.freeze({ points: limit.points, seconds: limit.seconds }) }),
    });
    if (this.#sharedRights.size < maxSharedRights) this.#sharedRights.set(text, rights);
    return rights;
  }
}

/** The first 32 bits from a place on. */
export function frontOf(bytes: Uint8Array, start = 0): number {
  return (bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!;
}
