import { describe, expect, it } from 'vitest';

import { failure, type ConfirmationMode, type Failure } from '../../../src/index.js';
import { Faults } from '../../../src/errors/faults.js';
import { extractBearer } from '../../../src/schemes/access-token/bearer.js';
import { accessTokenChallenge } from '../../../src/schemes/access-token/challenge.js';
import { checkAccessTokenOptions, type AccessTokenOptions } from '../../../src/schemes/access-token/options.js';
import { sends } from '../../fixtures/request.js';

const settingsOf = (options: AccessTokenOptions) => checkAccessTokenOptions(options, new Faults());
const limits = { maxCredentialBytes: 8192 };

describe('the options of sender constraint', () => {
  it('are off by default, and the scheme states their modes for the guard', () => {
    expect(settingsOf({}).senderConstraint.confirmation).toEqual({ jkt: 'off', 'x5t#S256': 'off' });
  });

  it.each(['on', true, 'required', null, ''])('take no %j for a mode', (mode) => {
    const faults = new Faults();
    checkAccessTokenOptions({ dpop: mode as 'allow', certificateBound: mode as 'allow' }, faults);
    expect(faults.found.map(({ path, reason }) => [path, reason])).toEqual([
      ['dpop', 'invalid-option'],
      ['certificateBound', 'invalid-option'],
    ]);
  });
});

describe('an access token by the scheme DPoP (RFC 9449 §7.1)', () => {
  const extract = (dpop: ConfirmationMode, field: string) =>
    extractBearer(sends({ authorization: field }), limits, { accessTokenParameter: 'refuse', dpop });

  it.each(['allow', 'require'] as const)('is taken beside Bearer where DPoP is %s, in any case', (mode) => {
    for (const field of ['DPoP abc', 'dpop abc', 'DPOP abc', 'Bearer abc'])
      expect(extract(mode, field)).toEqual({ kind: 'bearer', token: 'abc' });
  });

  it('is nobody’s where DPoP is off', () => {
    expect(extract('off', 'DPoP abc')).toMatchObject({ kind: 'foreign', failure: { reason: 'unsupported-scheme' } });
  });

  it('is one token68, no longer than any other credential', () => {
    expect(extract('allow', 'DPoP a b')).toMatchObject({ reason: 'malformed-authorization' });
    expect(extract('allow', 'DPoP')).toMatchObject({ reason: 'malformed-authorization' });
    expect(extract('allow', `DPoP ${'a'.repeat(8193)}`)).toMatchObject({ reason: 'credential-too-large' });
  });
});

describe('the challenge for an access token (RFC 6750 §3, RFC 9449 §7.1 and §7.2)', () => {
  const error = 'error="invalid_token", error_description="The access token is not valid"';
  const bearer = 'Bearer realm="api"';
  const dpop = 'DPoP realm="api", algs="ES256 EdDSA PS256 RS256"';
  const challenge = (mode: ConfirmationMode, failed?: Failure, authorization?: string | readonly string[]) =>
    accessTokenChallenge(settingsOf({ dpop: mode }), 'api', {
      failure: failed,
      request: authorization === undefined ? undefined : sends({ authorization }),
    }).headers.map(([, value]) => value);

  it('names the schemes that a token may come by', () => {
    expect(challenge('off')).toEqual([bearer]);
    expect(challenge('allow')).toEqual([bearer, dpop]);
    expect(challenge('require')).toEqual([dpop]);
  });

  it('says the error in the challenge of the scheme that the token came by', () => {
    expect(challenge('allow', failure('expired'), 'Bearer t')).toEqual([`${bearer}, ${error}`, dpop]);
    expect(challenge('allow', failure('expired'), 'dpop t')).toEqual([bearer, `${dpop}, ${error}`]);
    expect(challenge('require', failure('dpop-required'), 'Bearer t')).toEqual([`${dpop}, ${error}`]);
    expect(challenge('off', failure('expired'), 'Bearer t')).toEqual([`${bearer}, ${error}`]);
  });

  it('tells whoever sends a bound token as Bearer to send it by DPoP, where DPoP is taken', () => {
    const bound = failure('bound-token-as-bearer');
    expect(challenge('allow', bound, 'Bearer t')).toEqual([bearer, `${dpop}, ${error}`]);
    expect(challenge('off', bound, 'Bearer t')).toEqual([`${bearer}, ${error}`]);
  });

  it('says the error in both where two credentials came (RFC 9449 §7.2)', () => {
    const twice = 'error="invalid_request", error_description="More than one credential was sent"';
    expect(challenge('allow', failure('duplicate-authorization'), ['Bearer t', 'DPoP t'])).toEqual([
      `${bearer}, ${twice}`,
      `${dpop}, ${twice}`,
    ]);
  });

  it('names no other way to whoever was proved and lacks a scope', () => {
    const missing = failure('insufficient-scope', { required: { scopes: ['orders:write'] } });
    const asked =
      'error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:write"';
    expect(challenge('allow', missing, 'DPoP t')).toEqual([`${dpop}, ${asked}`]);
    expect(challenge('allow', missing, 'Bearer t')).toEqual([`${bearer}, ${asked}`]);
  });
});
