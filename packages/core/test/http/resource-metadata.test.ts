import { describe, expect, it } from 'vitest';

import { createAuth, introspection, isConfigurationError, jwt } from '../../src/index.js';
import { metadataUrl } from '../../src/http/resource-metadata.js';
import { keysOf } from '../fixtures/documents.js';
import { requestOf } from '../fixtures/request.js';
import { issuer, makeSigner } from '../fixtures/tokens.js';

const signer = await makeSigner('ES256');
const audience = 'https://api.example';
const access = (change: object = {}) =>
  jwt({ issuer, audience, jwks: keysOf(signer), resourceMetadata: true, ...change });
const opaque = introspection({
  endpoint: 'https://other.example/introspect', issuer: 'https://other.example', audience, clientId: 'rs', clientSecret: 's', resourceMetadata: true,
}); // prettier-ignore
const path = '/.well-known/oauth-protected-resource';
const documentOf = async (schemes: Parameters<typeof createAuth>[0]['schemes'], at = path): Promise<unknown> => {
  const answer = await createAuth({ schemes }).handlers[at]!(requestOf());
  return JSON.parse(new TextDecoder().decode(answer.body));
};
const faultOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    if (isConfigurationError(error)) return error.faults.map((fault) => `${fault.path} ${fault.reason}`).join();
    throw error;
  }
  return 'none';
};

describe('protected resource metadata (RFC 9728)', () => {
  it.each([
    ['https://resource.example.com', 'https://resource.example.com/.well-known/oauth-protected-resource'],
    ['https://resource.example.com/', 'https://resource.example.com/.well-known/oauth-protected-resource'],
    ['https://resource.example.com/resource1', 'https://resource.example.com/.well-known/oauth-protected-resource/resource1'],
  ])('of %s lie at %s (§3.1)', (resource, url) => {
    expect(metadataUrl(resource).href).toBe(url);
  }); // prettier-ignore

  it('say what the schemes know', async () => {
    const options = { scopes: ['orders:read'], name: 'Orders', documentation: 'https://docs.example' };
    expect(
      await documentOf({ access: access({ resourceMetadata: options, tokenInBody: true, dpop: 'require' }) }),
    ).toEqual({
      resource: audience,
      authorization_servers: [issuer],
      scopes_supported: ['orders:read'],
      dpop_bound_access_tokens_required: true,
      bearer_methods_supported: ['header', 'body'],
      resource_name: 'Orders',
      resource_documentation: 'https://docs.example',
    });
  });

  it('of several schemes for one resource are one document', async () => {
    expect(await documentOf({ access: access(), opaque })).toMatchObject({
      resource: audience,
      authorization_servers: [issuer, 'https://other.example'],
    });
  });

  it('of schemes that contradict each other are a fault', () => {
    const other = access({ audience: 'https://other-api.example' });
    expect(faultOf(() => createAuth({ schemes: { access: access(), other } }))).toBe(
      'schemes.other.resourceMetadata contradicting-options',
    );
  });

  it('are answered to GET and HEAD alone', async () => {
    const handler = createAuth({ schemes: { access: access() } }).handlers[path]!;
    expect([
      (await handler(requestOf({ method: 'HEAD' }))).status,
      (await handler(requestOf({ method: 'POST' }))).status,
    ]).toEqual([200, 405]);
  });

  it('are none where nobody asked for them', () => {
    expect(createAuth({ schemes: { access: access({ resourceMetadata: false }) } }).handlers).toEqual({});
  });

  it.each([
    ['a name that is no URL', { audience: 'api' }, 'resourceMetadata.resource invalid-option'],
    ['http', { audience: 'http://api.example' }, 'resourceMetadata.resource invalid-option'],
    ['a query', { audience: 'https://api.example/?a=1' }, 'resourceMetadata.resource invalid-option'],
    ['a path that is a pattern', { audience: 'https://api.example/:id' }, 'resourceMetadata.resource invalid-option'],
    ['two names', { audience: [audience, 'https://b.example'] }, 'resourceMetadata.resource resource-required'],
    ['an option that is none', { resourceMetadata: { scope: 'a' } }, 'resourceMetadata.scope unknown-option'],
    ['text', { resourceMetadata: 'yes' }, 'resourceMetadata invalid-option'],
  ])('cannot be of %s', (_, change, fault) => {
    expect(faultOf(() => access(change))).toBe(fault);
  });
});
