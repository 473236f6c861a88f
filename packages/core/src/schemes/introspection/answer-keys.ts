import type { KeySource } from '../../contracts/key.js';
import type { Faults } from '../../errors/faults.js';
import { createIssuerKeys } from '../../keys/issuer-keys.js';
import { createStaticKeys } from '../../keys/static-keys.js';
import type { IntrospectionOptions } from './options.js';

/** The keys that sign answers (RFC 9701 §5); undefined where answers are plain. Adds every fault to `faults`. */
export function checkAnswerKeys(options: IntrospectionOptions<object>, faults: Faults): KeySource | undefined {
  const { signedResponse = 'off', issuer, jwks, jwksUri, allowInsecureHttp, fetch } = options;
  if (!['off', 'allow', 'require'].includes(signedResponse)) {
    faults.add('signedResponse', 'invalid-option', 'must be "off", "allow" or "require"');
    return undefined;
  }
  if (signedResponse === 'off') {
    for (const [name, value] of Object.entries({ jwks, jwksUri }))
      if (value !== undefined)
        faults.add(name, 'contradicting-options', 'is for signed answers: leave it out, or write signedResponse');
    return undefined;
  }
  if (typeof issuer !== 'string') {
    faults.add('issuer', 'issuer-required', 'is missing: signed answers are those of an issuer');
    return undefined;
  }
  if (jwks !== undefined && jwksUri !== undefined)
    faults.add('jwks', 'contradicting-options', 'write one of jwks and jwksUri, or none for discovery');
  return faults.within('', () =>
    jwks === undefined ? createIssuerKeys({ issuer, jwksUri, allowInsecureHttp, fetch }) : createStaticKeys(jwks),
  );
}
