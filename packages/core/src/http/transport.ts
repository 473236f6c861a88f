import type { Failure } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import { failure } from '../errors/failures.js';
import { createAddressSet } from './addresses.js';
import type { Client } from './trusted-proxy.js';

/** Whether plain HTTP is let in: never, from peers on this machine alone, or from everywhere. */
export type InsecureTransport = 'refuse' | 'loopback' | 'allow';

const loopback = createAddressSet(['127.0.0.0/8', '::1']);

/**
 * Refuses secrets in clear (RFC 6750 §5.2, RFC 7617 §4). The peer of the socket decides about loopback, whatever address it
 * forwards; a trusted proxy that says the caller came over plain HTTP is believed.
 */
export function checkTransport(
  { connection }: AuthRequest,
  client: Client,
  mode: InsecureTransport,
): Failure | undefined {
  if (mode === 'allow' || client.encrypted) return undefined;
  if (mode === 'loopback' && !client.toldByProxy && isLoopback(connection.remoteAddress)) return undefined;
  return failure('insecure-transport');
}

export function isLoopback(address: string | null): boolean {
  return loopback.has(address);
}
