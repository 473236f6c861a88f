import { all } from '../../base/awaitable.js';
import type { KeyContext, KeySource } from '../../contracts/key.js';
import type { IssuerSettings } from './issuer-options.js';
import type { IssuerResolver } from './issuer-resolver.js';
import type { TenantIssuers } from './tenant-issuers.js';

/** Whose tokens a scheme takes. */
export class Issuers {
  readonly #named: ReadonlyMap<unknown, IssuerSettings>;
  readonly #tenants: readonly TenantIssuers[];
  /** Unset where every issuer stands in the options. */
  readonly resolver: IssuerResolver | undefined;

  constructor(
    named: readonly IssuerSettings[],
    {
      tenants,
      resolver,
    }: { readonly tenants: readonly TenantIssuers[]; readonly resolver: IssuerResolver | undefined },
  ) {
    this.#named = new Map(named.map((each) => [each.issuer, each]));
    this.#tenants = tenants;
    this.resolver = resolver;
  }

  /** By the exact `iss`, before any key is looked for: of an issuer that is not named, nothing is fetched. */
  find(iss: unknown): IssuerSettings | undefined {
    const named = this.#named.get(iss);
    if (named !== undefined || this.#tenants.length === 0 || typeof iss !== 'string') return named;
    for (const each of this.#tenants) {
      const found = each.find(iss);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The one issuer that every token is from; undefined where there may be others. */
  get only(): string | undefined {
    const [first] = this.#named.values();
    return this.#named.size === 1 && this.#tenants.length === 0 && this.resolver === undefined
      ? first!.issuer
      : undefined;
  }

  async ready(context: KeyContext): Promise<void> {
    await all(this.#sources().map((keys) => keys.ready?.(context)));
  }

  async close(): Promise<void> {
    await all(this.#sources().map((keys) => keys.close?.()));
    await this.resolver?.close();
  }

  /** Keys of single tenants are fetched when one of them calls. */
  #sources(): readonly KeySource[] {
    return [...this.#named.values(), ...this.#tenants.flatMap((each) => each.known)].map(({ keys }) => keys);
  }
}
