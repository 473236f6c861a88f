import { decodeBase64url } from '../../base/base64.js';
import type { ApiKeyChange, ApiKeyQuery, ApiKeyRecord, ApiKeyStore, ApiKeyUse } from '../credentials.js';
import { frontOf, KeyColumns } from './key-columns.js';
import { SlotTable } from './slot-table.js';

const hashBytes = 32;

/**
 * API keys of one process. A million cost some 130 MB beside the texts of their records, and 8 more for each time and count that
 * they have; one is found as fast among them as among ten. Nothing is ever removed.
 * @throws TypeError for a hash that is no SHA-256 in base64url, and for an id or a hash that stands twice among the records
 */
export function createMemoryCredentials(
  records: Iterable<readonly [hash: string, record: ApiKeyRecord]> = [],
): Required<ApiKeyStore> {
  const keys = new MemoryKeys();
  for (const [hash, record] of records)
    if (!keys.insert(hash, record)) throw new TypeError(`the id ${record.id} or its hash stands twice`);
  return {
    findApiKey: (hash) => keys.findByHash(hash),
    findApiKeyById: (id) => keys.findById(id),
    insertApiKey: (hash, record) => keys.insert(hash, record),
    changeApiKey: (id, change) => keys.change(id, change),
    replaceApiKey(id, { hash, replacedUntil, ...successor }) {
      const old = keys.findById(id);
      if (old === undefined || old.revoked || old.replacedUntil !== undefined) return false;
      const { lastUsedAt: _last, uses: _uses, ...kept } = old;
      return keys.insert(hash, { ...kept, ...successor }) && keys.change(id, { replacedUntil }) !== undefined;
    },
    listApiKeys: (query) => keys.list(query),
    recordUse: (uses) => {
      for (const use of uses) keys.addUse(use);
    },
  };
}

class MemoryKeys {
  readonly #columns = new KeyColumns();
  readonly #byHash = new SlotTable((slot) => this.#columns.numberOf(slot));
  readonly #byId = new Map<string, number>();
  /** The last key of each subject. From each key the next of its subject follows, and the first from the last. */
  readonly #lastOf = new Map<string, number>();

  findByHash(text: string): ApiKeyRecord | undefined {
    const hash = decodeBase64url(text);
    const slot = hash?.length === hashBytes ? this.#find(hash) : undefined;
    return slot === undefined ? undefined : this.#columns.read(slot);
  }

  findById(id: string): ApiKeyRecord | undefined {
    const slot = this.#byId.get(id);
    return slot === undefined ? undefined : this.#columns.read(slot);
  }

  insert(text: string, record: ApiKeyRecord): boolean {
    const hash = decodeBase64url(text);
    if (hash?.length !== hashBytes) throw new TypeError('the hash of a key must be a SHA-256 in base64url');
    if (this.#byId.has(record.id) || this.#find(hash) !== undefined) return false;
    const slot = this.#columns.append(hash, record);
    this.#byHash.add(slot);
    this.#byId.set(record.id, slot);
    const last = this.#lastOf.get(record.subject);
    this.#columns.setNext(slot, last === undefined ? slot : this.#columns.next(last));
    if (last !== undefined) this.#columns.setNext(last, slot);
    this.#lastOf.set(record.subject, slot);
    return true;
  }

  change(id: string, change: ApiKeyChange): ApiKeyRecord | undefined {
    const slot = this.#byId.get(id);
    if (slot === undefined) return undefined;
    this.#columns.change(slot, change);
    return this.#columns.read(slot);
  }

  addUse({ id, uses, lastUsedAt }: ApiKeyUse): void {
    const slot = this.#byId.get(id);
    if (slot !== undefined) this.#columns.addUse(slot, uses, lastUsedAt);
  }

  list({ subject, after, limit }: ApiKeyQuery): readonly ApiKeyRecord[] {
    const known = after === undefined ? undefined : this.#byId.get(after);
    if (after !== undefined && known === undefined) return [];
    const slots = subject === undefined ? this.#all(known) : this.#ofSubject(subject, known);
    const listed: ApiKeyRecord[] = [];
    for (const slot of slots) {
      if (listed.length >= limit) break;
      listed.push(this.#columns.read(slot));
    }
    return listed;
  }

  *#all(known = -1): Generator<number> {
    for (let slot = known + 1; slot < this.#columns.length; slot++) yield slot;
  }

  *#ofSubject(subject: string, known: number | undefined): Generator<number> {
    const last = this.#lastOf.get(subject);
    if (last === undefined || known === last) return;
    if (known !== undefined && this.#columns.read(known).subject !== subject) return;
    let slot = known ?? last;
    do {
      slot = this.#columns.next(slot);
      yield slot;
    } while (slot !== last);
  }

  #find(hash: Uint8Array): number | undefined {
    return this.#byHash.find(frontOf(hash), (slot) => this.#columns.hasHash(slot, hash));
  }
}
