import { networkOf } from '../http/addresses.js';
import { BoundedMap } from './bounded-map.js';
import { subjectKey, type Finding, type RequestEvent } from './alert.js';

// Decision: so many different ones within ten minutes are no accident.
const windowSeconds = 600;
const manySubjects = 10;
const manyAddresses = 20;

/** Different things that were seen with one, in a window that begins with the first. */
interface Seen {
  since: number;
  readonly names: Set<string>;
}

const newSeen = (): Seen => ({ since: -Infinity, names: new Set() });

// What was guessed wrong; a token that ended says nothing of this kind.
const guesses: ReadonlySet<string> = new Set([
  'unknown-user',
  'wrong-password',
  'unknown-key',
  'failures-limit',
  'subject-limit',
  'address-limit',
]);

/** Finds many subjects that one network guesses at, and many networks that guess at one subject (OWASP OAT-007, OAT-008). */
export class Guessing {
  readonly #byNetwork: BoundedMap<Seen>;
  readonly #bySubject: BoundedMap<Seen>;

  constructor(max: number) {
    this.#byNetwork = new BoundedMap(max);
    this.#bySubject = new BoundedMap(max);
  }

  see(event: RequestEvent, now: number): readonly Finding[] {
    const { outcome, reason, address, claimedSubject, issuer } = event;
    if (outcome !== 'refuse' || address === null || claimedSubject === null || !guesses.has(reason)) return [];
    const network = networkOf(address);
    const subject = subjectKey(issuer, claimedSubject);
    const subjects = count(this.#byNetwork.use(network, newSeen), subject, now, manySubjects);
    const addresses = count(this.#bySubject.use(subject, newSeen), network, now, manyAddresses);
    return [
      ...(subjects
        ? [{ reason: 'credential-stuffing', about: network, details: { subjects: manySubjects } } as const]
        : []),
      ...(addresses
        ? [{ reason: 'password-spray', about: subject, details: { addresses: manyAddresses } } as const]
        : []),
    ];
  }
}

/** Whether there are as many as that; names beyond are not kept. */
function count(seen: Seen, name: string, now: number, many: number): boolean {
  if (now - seen.since > windowSeconds || now < seen.since) {
    seen.since = now;
    seen.names.clear();
  }
  if (seen.names.size < many) seen.names.add(name);
  return seen.names.size >= many;
}
