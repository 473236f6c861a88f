import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createMessageSigner, createMessageSigningKey } from '../../src/signing.js';
import { algorithms, clock, judge, keysOf, received, signed, type Outgoing } from '../fixtures/signed-requests.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const components = [
  '@method',
  '@target-uri',
  'content-digest',
  'content-type',
  'x-note',
  '@query-param;name="page"',
  'x-list;bs',
];
const order: Outgoing = {
  method: 'POST',
  target: '/orders?page=2&sort=up',
  headers: [
    ['Content-Type', 'application/json'],
    ['X-Note', 'two words'],
    ['X-List', 'a'],
    ['X-List', 'b'],
  ],
  body: bytes('{"amount":7}'),
};

describe('a signed request', () => {
  it.each(algorithms)('by %s is good where its public half is known', async (alg) => {
    const { signing, verifying } = keysOf(alg);
    const key = await createMessageSigningKey({ keyid: 'k', alg, ...signing });
    const signer = createMessageSigner({ key, clock });
    const url = new URL(order.target, 'https://api.example');
    const lines = await signer.sign({ method: 'POST', url, headers: order.headers }, order.body);
    const request = received({ ...order, headers: [...order.headers, ...lines] });
    expect(await judge(request, { keys: [{ keyid: 'k', alg, subject: 'svc-2', ...verifying }] })).toBe('verified');
    const { verifying: another } = keysOf(alg);
    const stranger = alg === 'hmac-sha256' ? { secretBase64: 'o0+FHlWp5yCMRnZyN2OHFpZiQRRLC8Jlv8qA5lY1v9A=' } : another;
    expect(await judge(request, { keys: [{ keyid: 'k', alg, subject: 'svc-2', ...stranger }] })).toBe(
      'signature-mismatch',
    );
  });

  it('is refused whatever covered byte is changed', async () => {
    const whole = await signed(order, { components });
    expect(await judge(received(whole))).toBe('verified');
    await fc.assert(
      fc.asyncProperty(placeIn(whole), fc.integer({ min: 1, max: 127 }), async ({ part, index }, change) => {
        const changed = flip(whole, part, index, change);
        fc.pre(changed !== undefined);
        expect(await judge(received(changed))).not.toBe('verified');
      }),
      { numRuns: 400 },
    );
  });

  it('is refused whatever character is left out of it', async () => {
    const whole = await signed(order, { components });
    await fc.assert(
      fc.asyncProperty(placeIn(whole), async ({ part, index }) => {
        const changed = rewrite(whole, part, (text) => text.slice(0, index) + text.slice(index + 1));
        fc.pre(changed !== undefined);
        expect(await judge(received(changed))).not.toBe('verified');
      }),
      { numRuns: 200 },
    );
  });
});

type Part = 'method' | 'target' | 'body' | number;

const textOf = (message: Outgoing, part: Part): string => {
  if (part === 'method') return message.method;
  if (part === 'target') return message.target;
  if (part === 'body') return Buffer.from(message.body!).toString('latin1');
  return message.headers[part]![1];
};

const placeIn = (message: Outgoing): fc.Arbitrary<{ readonly part: Part; readonly index: number }> =>
  fc
    .constantFrom<Part>('method', 'target', 'body', ...message.headers.keys())
    .chain((part) => fc.nat(textOf(message, part).length - 1).map((index) => ({ part, index })));

function flip(message: Outgoing, part: Part, index: number, change: number): Outgoing | undefined {
  return rewrite(message, part, (text) => {
    const char = String.fromCharCode(text.charCodeAt(index) ^ change);
    return text.slice(0, index) + char + text.slice(index + 1);
  });
}

/** Undefined where the message means the same: white space around a value, or none that a server would ever see. */
function rewrite(message: Outgoing, part: Part, change: (text: string) => string): Outgoing | undefined {
  const before = textOf(message, part);
  const after = change(before);
  if (part === 'body') return { ...message, body: Buffer.from(after, 'latin1') };
  if (/[^\x21-\x7e ]/.test(after)) return undefined;
  if (part === 'method') return { ...message, method: after };
  // A target is a path; its query parameters are covered whole and by name.
  if (part === 'target') return /^\/[^\s#\\]*$/.test(after) ? { ...message, target: after } : undefined;
  const name = message.headers[part]![0];
  // White space between the parts of a structured field says nothing.
  if (name.startsWith('Signature') && after.replaceAll(' ', '') === before.replaceAll(' ', '')) return undefined;
  if (after.trim() === before.trim()) return undefined;
  return { ...message, headers: message.headers.map((line, index) => (index === part ? [name, after] : line)) };
}
