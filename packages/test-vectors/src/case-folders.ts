/** Folders of `vectors/` with the cases of each kind, one a line. */
export const caseFolders = {
  server: [
    'api-key',
    'audit',
    'basic',
    'composition',
    'dpop',
    'hmac',
    'http',
    'jwks',
    'issuer',
    'jwt',
    'mtls',
    'oauth',
    'policy',
    'session',
    'signed',
    'throttle',
  ],
  client: [
    'client',
  ],
  call: [
    'oidc',
  ],
} as const; // prettier-ignore
