import { crypto } from '#crypto';

import { after } from '../../../../base/awaitable.js';
import { concatBytes, toHex, toUtf8 } from '../../../../base/bytes.js';
import type { Awaitable } from '../../../../contracts/awaitable.js';
import { createMac, type Mac } from '../../mac.js';

export const algorithm = 'AWS4-HMAC-SHA256';
export const terminator = 'aws4_request';

/** Where a signing key is good (SigV4, "credential scope"). */
export interface Region {
  readonly region: string;
  readonly service: string;
}

// A key is for one day, and what is signed is at most minutes off: yesterday, today, tomorrow, and one more.
const maxDays = 4;

/** The signing keys of one secret in one region and service: one a day, derived once. */
export class SigningKeys {
  readonly #secret: Mac;
  readonly #where: Region;
  readonly #byDay = new Map<string, Awaitable<Mac>>();

  constructor(secret: Uint8Array, where: Region) {
    const prefix = toUtf8('AWS4');
    this.#secret = createMac(concatBytes([prefix, secret], prefix.length + secret.length));
    this.#where = where;
  }

  /** Hex of the signature under the key of a day (`20150830`), which the caller has found to be near. */
  sign(day: string, text: string): Awaitable<string> {
    return after(
      after(this.#keyOf(day), (mac) => mac(toUtf8(text))),
      toHex,
    );
  }

  #keyOf(day: string): Awaitable<Mac> {
    let key = this.#byDay.get(day);
    if (key === undefined) {
      if (this.#byDay.size === maxDays) this.#byDay.delete(this.#byDay.keys().next().value!);
      this.#byDay.set(day, (key = this.#derive(day)));
    }
    return key;
  }

  #derive(day: string): Awaitable<Mac> {
    const step = (key: Awaitable<Mac>, text: string): Awaitable<Mac> =>
      after(after(key, (mac) => mac(toUtf8(text))), createMac); // prettier-ignore
    return [day, this.#where.region, this.#where.service, terminator].reduce<Awaitable<Mac>>(step, this.#secret);
  }
}

/** `20150830/us-east-1/iam/aws4_request` */
export function scopeOf(day: string, { region, service }: Region): string {
  return `${day}/${region}/${service}/${terminator}`;
}

/** What is signed: the time, the scope and the hash of the canonical request (SigV4, "Create a string to sign"). */
export function stringToSign(amzDate: string, scope: string, canonical: string): string {
  return [algorithm, amzDate, scope, hexOfSha256(toUtf8(canonical))].join('\n');
}

export const hexOfSha256 = (bytes: Uint8Array): string => toHex(crypto.sha256(bytes));
