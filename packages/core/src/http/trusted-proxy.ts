import type { Failure } from '../contracts/failure.js';
import type { Connection, RequestHeaders } from '../contracts/request.js';
import { failure } from '../errors/failures.js';
import { parseAddress, type AddressSet } from './addresses.js';
import { parseForwarded } from './forwarded.js';

/** Fields by which a proxy tells of its caller. */
export type ForwardedField = 'x-forwarded-for' | 'x-forwarded-proto' | 'x-forwarded-host' | 'forwarded';

/** Which proxies are believed, and what of theirs. */
export interface TrustedProxies {
  readonly addresses: AddressSet;
  readonly fields: ReadonlySet<ForwardedField>;
}

/** Who really called, as far as those between are trusted. */
export interface Client {
  readonly kind: 'client';
  readonly address: string | null;
  /** Whether every hop that is known of was encrypted. */
  readonly encrypted: boolean;
  /** Whether a trusted proxy said so, and not the socket. */
  readonly toldByProxy: boolean;
  /** The host that the caller meant, where a proxy tells it. */
  readonly host?: string;
}

/**
 * Finds the client behind trusted proxies. From any other peer, forwarded fields are as if absent.
 * Checks: of `X-Forwarded-For`, the first address from the right that is no trusted proxy (RFC 7239 §5.2); that `Forwarded` and
 * the `X-` fields agree; that each entry is well formed.
 */
export function findClient(
  headers: RequestHeaders,
  connection: Connection,
  proxies: TrustedProxies | undefined,
): Client | Failure {
  const peer: Client = {
    kind: 'client',
    address: connection.remoteAddress,
    encrypted: connection.encrypted,
    toldByProxy: false,
  };
  if (proxies === undefined || !proxies.addresses.has(peer.address)) return peer;
  const lists = readFields(headers, proxies.fields);
  if ('kind' in lists) return lists;
  const address = clientAddress(peer.address, lists.addresses, proxies.addresses);
  if (typeof address === 'object' && address !== null) return address;
  const [host] = lists.hosts;
  return {
    kind: 'client',
    address,
    // Decision: one hop in clear is enough to have shown a secret.
    toldByProxy: lists.protocols.length > 0,
    encrypted:
      lists.protocols.length === 0 ? peer.encrypted : lists.protocols.every((protocol) => protocol === 'https'),
    ...(host !== undefined && { host }),
  };
}

interface ForwardedLists {
  /** From the client to the nearest proxy. */
  readonly addresses: readonly string[];
  readonly protocols: readonly string[];
  readonly hosts: readonly string[];
}

function readFields(headers: RequestHeaders, fields: ReadonlySet<ForwardedField>): ForwardedLists | Failure {
  const list = (field: ForwardedField): readonly string[] =>
    fields.has(field) ? headers.getAll(field).flatMap((line) => line.split(',').map((item) => item.trim())) : [];
  const plain = {
    addresses: list('x-forwarded-for'),
    protocols: list('x-forwarded-proto').map((protocol) => protocol.toLowerCase()),
    hosts: list('x-forwarded-host').map((host) => host.toLowerCase()),
  };
  if (plain.hosts.length > 1) return failure('forwarded-conflict');
  if (!plain.protocols.every((protocol) => protocol === 'http' || protocol === 'https'))
    return failure('forwarded-malformed');
  const lines = fields.has('forwarded') ? headers.getAll('forwarded') : [];
  if (lines.length === 0) return plain;
  const standard = parseForwarded(lines.join(','));
  if (standard === undefined) return failure('forwarded-malformed');
  return agree(plain.addresses.map(withoutPort), standard.addresses.map(withoutPort)) &&
    agree(plain.protocols, standard.protocols) &&
    agree(plain.hosts, standard.hosts)
    ? {
        addresses: told(standard.addresses, plain.addresses),
        protocols: told(standard.protocols, plain.protocols),
        hosts: told(standard.hosts, plain.hosts).slice(-1),
      }
    : failure('forwarded-conflict');
}

const told = (standard: readonly string[], plain: readonly string[]): readonly string[] =>
  standard.length > 0 ? standard : plain;

/** What only one of the two tells contradicts nothing. */
function agree(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || (a.length === b.length && a.every((item, index) => item === b[index]));
}

function clientAddress(
  peer: string | null,
  forwarded: readonly string[],
  trusted: AddressSet,
): string | null | Failure {
  let address = peer;
  for (const entry of forwarded.toReversed()) {
    const parsed = parseAddress(withoutPort(entry));
    if (parsed === undefined) return failure('forwarded-malformed');
    address = parsed;
    if (!trusted.has(parsed)) break;
  }
  return address;
}

/** `192.0.2.1:80`, `[2001:db8::1]:80` and `[2001:db8::1]` name an address (RFC 7239 §6). */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry);
  if (bracketed !== null) return bracketed[1]!;
  return /^[\d.]+:\d{1,5}$/.test(entry) ? entry.slice(0, entry.indexOf(':')) : entry;
}
