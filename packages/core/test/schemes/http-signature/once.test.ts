import { describe, expect, it } from 'vitest';

import { httpSignature, type HttpSignatureOptions, type OneUse } from '../../../src/index.js';
import { createMessageSigner, createMessageSigningKey } from '../../../src/signing.js';
import { contextOf } from '../../fixtures/context.js';
import { judge } from '../../fixtures/judge.js';
import { clock, now, received, secretBase64, type Outgoing } from '../../fixtures/signed-requests.js';

const otherBase64 = 'o0+FHlWp5yCMRnZyN2OHFpZiQRRLC8Jlv8qA5lY1v9A=';
const keys = [
  { keyid: 'k', alg: 'hmac-sha256', secretBase64, subject: 'svc-1' },
  { keyid: 'k2', alg: 'hmac-sha256', secretBase64: otherBase64, subject: 'svc-1' },
  { keyid: 'of-two', alg: 'hmac-sha256', secretBase64: otherBase64, subject: 'svc-2' },
] as const;
const body = new TextEncoder().encode('{"amount":7}');

/** Signs with one key; each further call adds a signature beside those before. */
async function sign(
  outgoing: Outgoing,
  keyid: string,
  { nonce = 'one', label = 'sig' }: { readonly nonce?: string | null; readonly label?: string } = {},
): Promise<Outgoing> {
  const secret = keys.find((key) => key.keyid === keyid)!.secretBase64;
  const key = await createMessageSigningKey({ keyid, alg: 'hmac-sha256', secretBase64: secret });
  // base64url of what is drawn: the text of the nonce.
  const random = () => Uint8Array.from(Buffer.from((nonce ?? '').padEnd(16, '.')));
  const signer = createMessageSigner({ key, clock, label, nonce: nonce !== null, random });
  const { method, target, headers } = outgoing;
  const unsigned = headers.filter(([name]) => !name.startsWith('Signature'));
  const lines = await signer.sign(
    { method, url: new URL(target, 'https://api.example'), headers: unsigned },
    outgoing.body,
  );
  return { ...outgoing, headers: [...headers, ...lines] };
}

/** A scheme that remembers what was used, and the uses it has asked of. */
function createBench(options: Partial<HttpSignatureOptions> = {}) {
  const scheme = httpSignature({ keys, ...options });
  const uses: OneUse[] = [];
  const taken = new Set<string>();
  const useOnce = (use: OneUse): boolean => {
    uses.push(use);
    const name = JSON.stringify([use.kind, use.owner, use.id]);
    return !taken.has(name) && taken.add(name).size > 0;
  };
  return {
    uses,
    ask: (outgoing: Outgoing) => judge(scheme, received(outgoing), contextOf({ clock, useOnce })),
  };
}

const post: Outgoing = { method: 'POST', target: '/orders', headers: [], body };
const get: Outgoing = { method: 'GET', target: '/orders', headers: [] };

describe('a signature is good once (RFC 9421 §7.2.2)', () => {
  it('by its nonce, for each key, whatever the method, until its age alone refuses it', async () => {
    const { ask, uses } = createBench();
    expect([await ask(await sign(get, 'k')), await ask(await sign(post, 'k'))]).toEqual(['verified svc-1', 'replayed']);
    expect(await ask(await sign(post, 'k2'))).toBe('verified svc-1');
    expect(await ask(await sign(post, 'k', { nonce: 'two' }))).toBe('verified svc-1');
    expect(uses.map(({ owner }) => owner)).toEqual(['k', 'k', 'k2', 'k']);
    expect(new Set(uses.map(({ until }) => until))).toEqual(new Set([now + 300 + 5 + 1]));
  });

  it('by what is signed where there is no nonce, unless the method is safe', async () => {
    const { ask, uses } = createBench();
    const safe = await sign(get, 'k', { nonce: null });
    expect([await ask(safe), await ask(safe), uses.length]).toEqual(['verified svc-1', 'verified svc-1', 0]);
    const unsafe = await sign(post, 'k', { nonce: null });
    expect([await ask(unsafe), await ask(unsafe)]).toEqual(['verified svc-1', 'replayed']);
    const off = createBench({ nonce: 'off' });
    const named = await sign(post, 'k');
    expect([await off.ask(named), await off.ask(named)]).toEqual(['verified svc-1', 'replayed']);
    expect(off.uses.map(({ kind }) => kind)).toEqual(['httpSignature base', 'httpSignature base']);
  });

  it('of several none may have been used', async () => {
    const { ask } = createBench();
    const first = await sign(post, 'k');
    expect(await ask(first)).toBe('verified svc-1');
    const second = await sign(await sign(post, 'k2', { nonce: 'new' }), 'k', { label: 'other' });
    expect(await ask(second)).toBe('replayed');
  });

  it('is not used by what is refused', async () => {
    const { ask, uses } = createBench();
    expect(await ask({ ...(await sign(post, 'k')), body: new TextEncoder().encode('{"amount":8}') })).toBe(
      'digest-mismatch',
    );
    expect(uses).toEqual([]);
    expect(await ask(await sign(post, 'k'))).toBe('verified svc-1');
  });
});

describe('the signatures of one request', () => {
  it('need a nonce where it is required, in all of them, of at most 256 bytes', async () => {
    const { ask } = createBench({ nonce: 'require' });
    expect(await ask(await sign(post, 'k'))).toBe('verified svc-1');
    expect(await ask(await sign(post, 'k', { nonce: null }))).toBe('nonce-missing');
    const half = await sign(await sign(post, 'k', { nonce: 'new' }), 'k2', { label: 'other', nonce: null });
    expect(await ask(half)).toBe('nonce-missing');
    const long = 'x'.repeat(193);
    for (const nonce of ['require', 'allow', 'off'] as const)
      expect(await createBench({ nonce }).ask(await sign(post, 'k', { nonce: long }))).toBe('nonce-missing');
  });

  it('are of one subject', async () => {
    const { ask } = createBench();
    const one = await sign(await sign(post, 'k'), 'k2', { label: 'other' });
    expect(await ask(one)).toBe('verified svc-1');
    const two = await sign(await sign(post, 'k', { nonce: 'a' }), 'of-two', { label: 'other', nonce: 'b' });
    expect(await ask(two)).toBe('subject-ambiguous');
  });

  it('cover all that is required, and not some of it', async () => {
    const { ask } = createBench({ required: ['@method', 'x-trace'] });
    expect(await ask(await sign(post, 'k'))).toBe('coverage-insufficient');
  });

  it('cover the body where there is one, each of them', async () => {
    const { ask } = createBench({ required: ['@method'] });
    expect(await ask(await sign(post, 'k'))).toBe('verified svc-1');
    const strict = createBench();
    const bare = await sign({ ...post, body: new Uint8Array() }, 'k', { nonce: 'n' });
    expect(await strict.ask({ ...bare, body })).toBe('digest-missing');
  });
});
