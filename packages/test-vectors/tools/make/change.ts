import type { Change } from './recipe.ts';

const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ed25519Order = 2n ** 252n + 27742317777372353535851937790883648493n;

const toHex = (value: bigint): string => value.toString(16).padStart(64, '0');
const toBytes = (value: bigint): Buffer => Buffer.from(toHex(value), 'hex');
const reversed = (bytes: Buffer): Buffer => Buffer.from([...bytes].toReversed());
const toInteger = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);

/** Signature bytes after a change. */
export function changed(bytes: Buffer, change: Change | undefined): Buffer {
  if (change === undefined) return bytes;
  if ('flip' in change) {
    const copy = Buffer.from(bytes);
    copy[change.flip >> 3]! ^= 0x80 >> (change.flip & 7);
    return copy;
  }
  if ('cut' in change) return bytes.subarray(0, bytes.length - change.cut);
  if ('append' in change) return Buffer.concat([bytes, Buffer.from(change.append, 'hex')]);
  if ('replace' in change) return Buffer.from(change.replace, 'hex');
  if ('eddsa' in change) {
    const s = toInteger(reversed(bytes.subarray(32))) + ed25519Order;
    return Buffer.concat([bytes.subarray(0, 32), reversed(toBytes(s))]);
  }
  return changedEcdsa(bytes, change.ecdsa);
}

function changedEcdsa(bytes: Buffer, how: Extract<Change, { ecdsa: string }>['ecdsa']): Buffer {
  const r = toInteger(bytes.subarray(0, 32));
  const s = toInteger(bytes.subarray(32));
  const pair = (first: bigint, second: bigint) => Buffer.concat([toBytes(first), toBytes(second)]);
  switch (how) {
    case 'zero':
      return pair(0n, 0n);
    case 'r-zero':
      return pair(0n, s);
    case 'r-order':
      return pair(p256Order, s);
    case 's-order':
      return pair(r, p256Order);
    case 'high-s':
      return pair(r, s > p256Order / 2n ? s : p256Order - s);
    case 'der':
      return der(r, s);
  }
}

function der(...integers: readonly bigint[]): Buffer {
  const fields = integers.map((value) => {
    const digits = value.toString(16);
    const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
    const positive = bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, positive.length), positive]);
  });
  const content = Buffer.concat(fields);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}
