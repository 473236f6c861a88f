import type { IssuerOptions, IssuerSettings } from './issuer-options.js';
import { checkIssuerOptions } from './issuer-options.js';
import { Faults } from '../../errors/faults.js';

const placeholder = /\{[A-Za-z0-9_]+\}/g;
const tenantText = /^[A-Za-z0-9._~-]+$/;

/** Whether an issuer is a template, `https://login.example/{tenant}/v2.0`. */
export const isTemplate = (issuer: unknown): boolean => typeof issuer === 'string' && /[{}]/.test(issuer);

/**
 * Issuers that differ in one part of their URL, for the tenants that are listed and no other. What a token says is only looked up:
 * no URL is made of it.
 */
export class TenantIssuers {
  readonly #options: IssuerOptions;
  readonly #before: string;
  readonly #after: string;
  readonly #tenants: ReadonlySet<string>;
  readonly #shared: IssuerSettings | undefined;
  readonly #known = new Map<string, IssuerSettings>();

  /**
   * @param tenants what may stand in the place of `{name}`
   * @throws ConfigurationError with every fault of the options
   */
  constructor(options: IssuerOptions, tenants: unknown) {
    const faults = new Faults();
    const { issuer } = options;
    const [name] = typeof issuer === 'string' ? (issuer.match(placeholder) ?? []) : [];
    if (name === undefined || issuer.match(/[{}]/g)!.length !== 2)
      faults.add(
        'issuer',
        'invalid-option',
        'must have one place for the tenant: "https://login.example/{tenant}/v2.0"',
      );
    if (!Array.isArray(tenants) || tenants.length === 0 || !tenants.every(isTenant))
      faults.add(
        'tenants',
        'tenants-required',
        'must list the tenants whose tokens are taken: texts of letters, digits and . _ ~ -, not empty',
      );
    faults.throwIfAny();
    const [before = '', after = ''] = issuer.split(name!);
    this.#before = before;
    this.#after = after;
    this.#tenants = new Set(tenants as readonly string[]);
    this.#options = options;
    // The first stands for all: what is wrong with one is wrong with each.
    const [tenant] = tenants as readonly [string];
    const first = this.#make(tenant);
    const { jwksUri, jwks, secretBase64 } = options;
    const isOneSource =
      jwks !== undefined || secretBase64 !== undefined || (jwksUri !== undefined && !isTemplate(jwksUri));
    this.#shared = isOneSource ? first : undefined;
    this.#known.set(tenant, first);
  }

  /** Those whose keys are there, or were asked for. */
  get known(): readonly IssuerSettings[] {
    return this.#shared === undefined ? [...this.#known.values()] : [this.#shared];
  }

  find(iss: string): IssuerSettings | undefined {
    if (!iss.startsWith(this.#before) || !iss.endsWith(this.#after)) return undefined;
    const tenant = iss.slice(this.#before.length, iss.length - this.#after.length);
    if (!this.#tenants.has(tenant) || iss !== this.#before + tenant + this.#after) return undefined;
    let found = this.#known.get(tenant);
    if (found === undefined) this.#known.set(tenant, (found = this.#make(tenant)));
    return found;
  }

  #make(tenant: string): IssuerSettings {
    const issuer = this.#before + tenant + this.#after;
    if (this.#shared !== undefined) return Object.freeze({ ...this.#shared, issuer, tenant });
    const { jwksUri } = this.#options;
    const own = {
      ...this.#options,
      issuer,
      ...(jwksUri !== undefined && { jwksUri: jwksUri.replace(placeholder, tenant) }),
    };
    return Object.freeze({ ...checkIssuerOptions(own), tenant });
  }
}

// A tenant that is `..` would lead out of the path.
const isTenant = (text: unknown): boolean => typeof text === 'string' && tenantText.test(text) && !/^\.+$/.test(text);
