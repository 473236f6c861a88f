import { describe, expect, it } from 'vitest';

import { hmac, httpSignature, isConfigurationError, type Fault } from '../../../src/index.js';
import { createMessageSigner, createMessageSigningKey } from '../../../src/signing.js';
import { keysOf, secretBase64 } from '../../fixtures/signed-requests.js';

function faultsOf(make: () => unknown): readonly Fault[] {
  try {
    make();
  } catch (error) {
    if (isConfigurationError(error)) return error.faults;
    throw error;
  }
  return [];
}

const { signing, verifying } = keysOf('ed25519');
const key = { keyid: 'k', alg: 'ed25519', subject: 'svc-2', ...verifying } as const;
const secret = { keyid: 'k', secretBase64, subject: 'svc-3' };
const shown = (faults: readonly Fault[]): readonly string[] => faults.map(({ path, reason }) => `${path} ${reason}`);

describe('httpSignature() refuses options at its creation', () => {
  it.each([
    ['an option that it has not', { requires: [] }, 'requires unknown-option'],
    ['no keys', { keys: [] }, 'keys keys-required'],
    ['keys that are no list', { keys: key }, 'keys keys-required'],
    ['a key that is none', { keys: [null] }, 'keys[0] invalid-option'],
    ['an algorithm that is not registered', { keys: [{ ...key, alg: 'none' }] }, 'keys[0].alg unknown-algorithm'],
    ['an algorithm of a prototype', { keys: [{ ...key, alg: 'toString' }] }, 'keys[0].alg unknown-algorithm'],
    [
      'a key of another algorithm',
      { keys: [{ ...key, alg: 'rsa-pss-sha512' }] },
      'keys[0].publicKeyPem alg-key-mismatch',
    ],
    ['a public key for HMAC', { keys: [{ ...key, alg: 'hmac-sha256' }] }, 'keys[0].alg mixed-algorithm-families'],
    ['two sources of one key', { keys: [{ ...key, secretBase64 }] }, 'keys[0].publicKeyPem keys-required'],
    [
      'a private key',
      { keys: [{ ...key, publicKeyPem: signing.privateKeyPem }] },
      'keys[0].publicKeyPem private-key-published',
    ],
    ['what is no key', { keys: [{ ...key, publicKeyPem: 'x' }] }, 'keys[0].publicKeyPem malformed-key'],
    ['a keyid with a space', { keys: [{ ...key, keyid: 'a b' }] }, 'keys[0].keyid invalid-option'],
    ['a key without an owner', { keys: [{ ...key, subject: '' }] }, 'keys[0].subject invalid-option'],
    ['one keyid for two owners', { keys: [key, { ...key, subject: 'svc-9' }] }, 'keys[1].subject duplicate-key'],
    ['an end that is no time', { keys: [{ ...key, notAfter: 'soon' }] }, 'keys[0].notAfter invalid-option'],
    ['a member of a key that it has not', { keys: [{ ...key, private: true }] }, 'keys[0].private unknown-option'],
    ['an age of no seconds', { maxAgeSeconds: 0 }, 'maxAgeSeconds invalid-option'],
    ['an age without end', { maxAgeSeconds: Number.POSITIVE_INFINITY }, 'maxAgeSeconds invalid-option'],
    ['a tolerance of an hour', { clockToleranceSeconds: 3600 }, 'clockToleranceSeconds invalid-option'],
    ['a nonce by true', { nonce: true }, 'nonce invalid-option'],
    ['no coverage at all', { required: [] }, 'required invalid-option'],
    ['a component in upper case', { required: ['Content-Type'] }, 'required[0] component-unsupported'],
    ['a component that is none', { required: ['@method', '@nothing'] }, 'required[1] component-unsupported'],
    ['a component of trailers', { required: ['expires;tr'] }, 'required[0] component-unsupported'],
    ['responses that are signed by nothing', { signResponses: {} }, 'signResponses.key keys-required'],
    ['responses that are signed by true', { signResponses: true }, 'signResponses invalid-option'],
    ['a tag that no field can hold', { tag: 'ü' }, 'tag invalid-option'],
    ['a field type that is none', { fieldTypes: { 'x-list': 'array' } }, 'fieldTypes invalid-option'],
  ])('%s', (_title, options, expected) => {
    const faults = faultsOf(() => httpSignature({ keys: [key], ...options } as never));
    expect(shown(faults)).toContain(expected);
    expect(JSON.stringify(faults)).not.toContain(secretBase64);
  });

  it('and tells of all faults at once', () => {
    const faults = faultsOf(() => httpSignature({ keys: [], nonce: 'never', maxAgeSeconds: -1 } as never));
    expect([...shown(faults)].sort()).toEqual([
      'keys keys-required',
      'maxAgeSeconds invalid-option',
      'nonce invalid-option',
    ]);
  });
});

describe('hmac() refuses options at its creation', () => {
  it.each([
    ['a profile that it has not', { profile: 'md5' }, 'profile invalid-option'],
    ['a profile of a prototype', { profile: 'constructor' }, 'profile invalid-option'],
    ['what must be covered, which the profile says', { required: ['@method'] }, 'required unknown-option'],
    ['a public key', { keys: [{ ...secret, ...verifying }] }, 'keys[0].publicKeyPem unknown-option'],
    [
      'a secret that is no base64',
      { keys: [{ ...secret, secretBase64: '%' }] },
      'keys[0].secretBase64 malformed-secret',
    ],
    ['no secret', { keys: [{ keyid: 'k', subject: 'svc-3' }] }, 'keys[0].publicKeyPem keys-required'],
    ['an empty secret', { keys: [{ ...secret, secretBase64: '' }] }, 'keys[0].secretBase64 weak-secret'],
    [
      'a secret of one character',
      { keys: [{ ...secret, secretBase64: Buffer.alloc(64, 'a').toString('base64') }] },
      'keys[0].secretBase64 weak-secret',
    ],
  ])('%s', (_title, options, expected) => {
    expect(shown(faultsOf(() => hmac({ keys: [secret], ...options } as never)))).toContain(expected);
  });
});

describe('signers refuse options at their creation', () => {
  it('keys that are not of their algorithm, and without a keyid', async () => {
    const made = createMessageSigningKey({ keyid: '', alg: 'HS256' as never, secretBase64 });
    await expect(made).rejects.toMatchObject({ faults: [{ path: 'alg' }, { path: 'keyid' }] });
    const mixed = createMessageSigningKey({ keyid: 'k', alg: 'ed25519', secretBase64 });
    await expect(mixed).rejects.toMatchObject({ faults: [{ reason: 'mixed-algorithm-families' }] });
  });

  it('components, labels and times that cannot be', () => {
    const options = {
      key: {},
      components: ['@nope'],
      label: 'Sig',
      expiresInSeconds: 0,
      digest: 'md5',
      nonce: 1,
      tag: '',
      more: 1,
    };
    const faults = faultsOf(() => createMessageSigner(options as never));
    expect(faults.map(({ path }) => path).sort()).toEqual(
      ['components[0]', 'digest', 'expiresInSeconds', 'key', 'label', 'more', 'nonce', 'tag'].sort(),
    );
  });
});
