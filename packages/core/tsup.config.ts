import { build } from '../../tsup.base.ts';

export default build({
  entry: [
    'src/index.ts',
    'src/alerts.ts',
    'src/audit.ts',
    'src/fetch.ts',
    'src/issuer.ts',
    'src/mtls.ts',
    'src/node.ts',
    'src/oidc.ts',
    'src/openapi.ts',
    'src/policy.ts',
    'src/signing.ts',
    'src/testing.ts',
    'src/crypto/node.ts',
    'src/crypto/web.ts',
    'src/node/public-fetch.ts',
    'src/http/public-fetch.ts',
  ],
  platform: 'neutral',
  // Chosen by the package.json "imports" of the installed package.
  external: [/^#crypto$/, /^#public-fetch$/],
});
