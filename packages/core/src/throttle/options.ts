import type { RateLimit } from '../contracts/stores.js';
import { Faults } from '../errors/faults.js';
import { createAddressSet, isAddressRange, type AddressSet } from '../http/addresses.js';
import { checkRateLimit } from '../stores/rate-limit.js';

/** How often what is wrong may be tried, and how long it is blocked then. */
export interface FailureLimit extends RateLimit {
  /** Seconds for which a network is blocked that tried too often; each further time twice as long, up to a day. */
  readonly blockSeconds: number;
}

/** How much one caller may ask. Each is a bucket: it holds so many `points`, and an empty one is full again after so many `seconds`. */
export interface ThrottleOptions {
  /** Requests from one IPv4 address, or one /64 of IPv6. */
  readonly perAddress?: RateLimit;
  /** Requests of one subject, whatever it proves itself with. */
  readonly perSubject?: RateLimit;
  /** Requests with one credential. */
  readonly perCredential?: RateLimit;
  /** Wrong credentials from one address; the block that follows is told by nothing else, so that it is no oracle. */
  readonly failures?: FailureLimit;
  /** Addresses and ranges (CIDR) that get nothing. */
  readonly blockAddresses?: readonly string[];
  /** Addresses and ranges (CIDR) that no limit of addresses holds. They prove themselves like anybody else. */
  readonly allowAddresses?: readonly string[];
  /** Whether answers carry `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11); default true. */
  readonly fields?: boolean;
  /** Refuses with 503 while the store is down; default false: the memory of this process takes over. */
  readonly failClosed?: boolean;
}

/** `ThrottleOptions`, checked and filled in. */
export interface ThrottleSettings extends Pick<
  ThrottleOptions,
  'perAddress' | 'perSubject' | 'perCredential' | 'failures'
> {
  /** Unset: nobody. */
  readonly blocked: AddressSet | undefined;
  readonly spared: AddressSet | undefined;
  readonly fields: boolean;
  readonly failClosed: boolean;
}

const limits = ['perAddress', 'perSubject', 'perCredential', 'failures'] as const;
const members = [...limits, 'blockAddresses', 'allowAddresses', 'fields', 'failClosed'];

/** @throws ConfigurationError with every fault. */
export function checkThrottleOptions(options: ThrottleOptions): ThrottleSettings {
  const faults = new Faults();
  faults.addUnknown(options, members);
  for (const name of limits)
    checkRateLimit(options[name], { path: name, more: name === 'failures' ? ['blockSeconds'] : [] }, faults);
  for (const name of ['fields', 'failClosed'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      faults.add(name, 'invalid-option', 'must be true or false');
  const blocked = checkAddresses(options, 'blockAddresses', faults);
  const spared = checkAddresses(options, 'allowAddresses', faults);
  faults.throwIfAny();
  const { fields = true, failClosed = false } = options;
  return { ...options, blocked, spared, fields, failClosed };
}

function checkAddresses(
  options: ThrottleOptions,
  name: 'blockAddresses' | 'allowAddresses',
  faults: Faults,
): AddressSet | undefined {
  const ranges = options[name];
  if (ranges === undefined) return undefined;
  if (!Array.isArray(ranges)) {
    faults.add(name, 'invalid-option', 'must be a list of addresses and ranges, such as ["203.0.113.0/24"]');
    return undefined;
  }
  const wrong = ranges.findIndex((range) => !isAddressRange(range));
  if (wrong !== -1) {
    faults.add(
      `${name}[${wrong}]`,
      'invalid-option',
      'must be an address or a range whose host bits are zero, such as "203.0.113.0/24"',
    );
    return undefined;
  }
  return ranges.length === 0 ? undefined : createAddressSet(ranges);
}
