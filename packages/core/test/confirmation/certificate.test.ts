import { describe, expect, it } from 'vitest';

import { certificateConfirmer } from '../../src/confirmation/certificate.js';
import type { Principal } from '../../src/index.js';
import { readPem } from '../../src/schemes/mtls/pem.js';
import { createTestClock } from '../../src/testing.js';
import { contextOf } from '../fixtures/context.js';
import { requestOf } from '../fixtures/request.js';
import { readVectors } from '../vectors/vector-file.js';

interface Vectors {
  readonly certificateBinding: { readonly certificatePem: string; readonly 'x5t#S256': string };
  readonly claims: { readonly json: { readonly cnf: { readonly 'x5t#S256': string } } };
}

const { certificateBinding, claims } = readVectors('oauth/rfc8705-mtls.json') as Vectors;
const peerCertificates = readPem(certificateBinding.certificatePem, 'CERTIFICATE')!;
const context = contextOf({ clock: createTestClock(0) });

const outcomeOf = async (value: unknown, chain: readonly Uint8Array[] = peerCertificates): Promise<string> => {
  const request = requestOf({ connection: { peerCertificates: chain } });
  const result = await certificateConfirmer.confirm(value, {} as Principal, request, context);
  return result.kind === 'failure' ? result.reason : result.kind;
};

describe('x5t#S256', () => {
  it('confirms the certificate of RFC 8705 appendix A', async () => {
    expect(await outcomeOf(certificateBinding['x5t#S256'])).toBe('confirmed');
  });

  it('refuses it for the token of RFC 8705 §3.1, which is bound to another', async () => {
    // As the RFC prints it: the last character has bits to spare that are not zero.
    expect(await outcomeOf(claims.json.cnf['x5t#S256'])).toBe('confirmation-unsupported');
    expect(await outcomeOf('A'.repeat(43))).toBe('certificate-binding-mismatch');
  });

  it('refuses a token without any certificate (RFC 8705 §3)', async () => {
    expect(await outcomeOf(certificateBinding['x5t#S256'], [])).toBe('bound-token-without-certificate');
  });

  it.each([null, 1, '', [certificateBinding['x5t#S256']], `${certificateBinding['x5t#S256']}=`, 'ab'.repeat(32)])(
    'takes %j for no thumbprint (RFC 8705 §3.1)',
    async (value) => {
      expect(await outcomeOf(value)).toBe('confirmation-unsupported');
    },
  );

  it('has nothing to say of a token that is not bound', async () => {
    expect(await outcomeOf(undefined, [])).toBe('confirmed');
  });
});
