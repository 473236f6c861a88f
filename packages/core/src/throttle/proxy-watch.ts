import { isPublicAddress } from '../http/addresses.js';

// So many in a row are no accident.
const inARow = 20;

/**
 * Notices a proxy that nobody named: every request comes from one private address and brings forwarded fields. Then all callers
 * share the limits of the proxy.
 */
export class ProxyWatch {
  readonly #tell: (address: string) => void;
  #address: string | null = null;
  #count = 0;

  constructor(tell: (address: string) => void) {
    this.#tell = tell;
  }

  see(address: string | null, hasForwardedFields: boolean): void {
    if (this.#count > inARow) return;
    const suspicious = address !== null && hasForwardedFields && !isPublicAddress(address);
    this.#count = suspicious && (this.#count === 0 || address === this.#address) ? this.#count + 1 : 0;
    this.#address = address;
    if (this.#count === inARow) {
      this.#count++;
      this.#tell(address!);
    }
  }
}
