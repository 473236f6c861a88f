/**
 * Rewrites an ECDSA signature from r‖s (RFC 7518 §3.4) to DER (RFC 3279 §2.2.3), which `node:crypto` verifies several times
 * faster than r‖s itself. The caller has checked the length; zero and out-of-range numbers are left to the primitive.
 */
export function ecdsaToDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const r = toDerInteger(signature.subarray(0, half));
  const s = toDerInteger(signature.subarray(half));
  const length = r.length + s.length;
  // 0x81 says that one length byte follows: only P-521 needs it.
  const head = length < 128 ? [0x30, length] : [0x30, 0x81, length];
  const der = new Uint8Array(head.length + length);
  der.set(head);
  der.set(r, head.length);
  der.set(s, head.length + r.length);
  return der;
}

/**
 * Rewrites an ECDSA signature from DER to r‖s.
 * @param der as `node:crypto` makes it
 * @param length of the result, in bytes
 */
export function ecdsaFromDer(der: Uint8Array, length: number): Uint8Array {
  const signature = new Uint8Array(length);
  const half = length / 2;
  // SEQUENCE and its length, of one byte or, for P-521, two.
  const first = der[1]! < 0x80 ? 2 : 3;
  const second = first + 2 + der[first + 1]!;
  for (const [at, end] of [
    [first, half],
    [second, length],
  ] as const) {
    const integer = der.subarray(at + 2, at + 2 + der[at + 1]!);
    const number = integer[0] === 0 ? integer.subarray(1) : integer;
    signature.set(number, end - number.length);
  }
  return signature;
}

function toDerInteger(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  // A leading bit would make the number negative.
  const sign = bytes[start]! >= 0x80 ? 1 : 0;
  const integer = new Uint8Array(2 + sign + bytes.length - start);
  integer[0] = 0x02;
  integer[1] = integer.length - 2;
  integer.set(bytes.subarray(start), 2 + sign);
  return integer;
}
