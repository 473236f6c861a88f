import type { Failure } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import { failure } from '../errors/failures.js';

/** Whether plain HTTP is let in: never, from peers on this machine alone, or from everywhere. */
export type InsecureTransport = 'refuse' | 'loopback' | 'allow';

/** Refuses secrets in clear (RFC 6750 §5.2, RFC 7617 §4): the peer of the socket decides, whatever a field says. */
export function checkTransport(request: AuthRequest, mode: InsecureTransport): Failure | undefined {
  if (mode === 'allow') return undefined;
  const { encrypted, remoteAddress } = request.connection;
  if (encrypted || (mode === 'loopback' && isLoopback(remoteAddress))) return undefined;
  return failure('insecure-transport');
}

/** 127.0.0.0/8 and ::1, also as IPv4 mapped into IPv6 (RFC 4291 §2.5). */
function isLoopback(address: string | null): boolean {
  return address !== null && /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/i.test(address);
}
