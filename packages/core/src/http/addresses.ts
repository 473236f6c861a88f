import ipaddr from 'ipaddr.js';

/** A set of addresses, as written in options: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1`. */
export interface AddressSet {
  has(address: string | null): boolean;
}

/** Reads an address in its one form: IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2) is IPv4, zones are dropped. Undefined for anything else. */
export function parseAddress(text: string): string | undefined {
  return toIp(text)?.toString();
}

/** What one caller has to itself: an IPv4 address, or the /64 of an IPv6 address. Any other text stands for itself. */
export function networkOf(address: string): string {
  const ip = toIp(address);
  return ip?.kind() === 'ipv6' ? ip.toByteArray().slice(0, 8).join('.') : (ip?.toString() ?? address);
}

/** The /48 of an IPv6 address: what one customer is given at most (RFC 6177). Undefined for any other. */
export function wideNetworkOf(address: string): string | undefined {
  const ip = toIp(address);
  return ip?.kind() === 'ipv6' ? `${ip.toByteArray().slice(0, 6).join('.')}/48` : undefined;
}

const maxKnown = 256;
// IPv6 with a zone; what is longer is nobody's address.
const longestAddress = 64;

/** Makes a set of addresses and ranges (CIDR, RFC 4632). */
export function createAddressSet(ranges: readonly string[]): AddressSet {
  const parsed = ranges.map(parseRange);
  const isWithin = (ip: Ip | undefined): boolean =>
    ip !== undefined &&
    parsed.some((range) => range !== undefined && range[0].kind() === ip.kind() && ip.match(range as never));
  // The peer is one of few proxies, request after request. Whoever has many addresses only empties this.
  const known = new Map<string, boolean>();
  return {
    has(address) {
      if (address === null) return false;
      let within = known.get(address);
      if (within === undefined) {
        within = isWithin(toIp(address));
        if (known.size >= maxKnown) known.clear();
        if (address.length <= longestAddress) known.set(address, within);
      }
      return within;
    },
  };
}

/** Whether text is an address or a range whose bits beyond the prefix are zero: 10.0.0.1/8 is a mistake. */
export function isAddressRange(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  const range = parseRange(text);
  if (range === undefined) return false;
  const [ip, bits] = range;
  return ip
    .toByteArray()
    .every((byte, index) => (byte & ~(0xff << Math.max(0, Math.min(8, 8 - (bits - index * 8)))) & 0xff) === 0);
}

/**
 * Whether an address belongs to the public internet: not loopback, private, link-local, shared (RFC 6598), multicast,
 * unspecified, reserved, or one that carries another (NAT64, 6to4, Teredo).
 */
export function isPublicAddress(text: string): boolean {
  const ip = toIp(text);
  if (ip === undefined || ip.range() !== 'unicast') return false;
  // Of IPv6 only 2000::/3 is in use (RFC 4291 §2.4); `::127.0.0.1` and its like lie outside.
  return ip.kind() === 'ipv4' || ip.toByteArray()[0]! >> 5 === 1;
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

function toIp(text: string): Ip | undefined {
  // Four decimal parts alone, within IPv6 too: 0x7f.1, 127.1 and 0177.0.0.1 are spellings that others read otherwise.
  if (!text.includes(':')) return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.process(text) : undefined;
  const plain = text.replace(/%.*$/s, '');
  const last = plain.slice(plain.lastIndexOf(':') + 1);
  if (last.includes('.') && !ipaddr.IPv4.isValidFourPartDecimal(last)) return undefined;
  return ipaddr.IPv6.isValid(text) ? ipaddr.process(plain) : undefined;
}

function parseRange(text: string): readonly [Ip, number] | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const ip = toIp(address);
  if (ip === undefined || rest.length > 0) return undefined;
  const width = ip.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [ip, width];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? [ip, Number(bits)] : undefined;
}
