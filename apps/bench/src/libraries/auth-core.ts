import {
  createAuth,
  jwt,
  systemClock,
  type Auth,
  type AuthRequest,
  type Awaitable,
  type Context,
  type JwtScheme,
  type Limits,
  type Scheme,
} from '@auth/core';

import { requestWith } from '../requests.js';
import { audience, issuer, scope, type PublicMaterial, type Sample } from '../tokens.js';
import type { Verifier } from './verifier.js';

const limits: Limits = { maxCredentialBytes: 8192 };
const context: Context = {
  clock: systemClock,
  clientAddress: '127.0.0.1',
  useOnce: () => true,
  isRevoked: () => false,
  clientCertificates: () => ({ kind: 'certificates', from: 'connection', chain: [], spoofed: false }),
};

/** Verifies each token anew, unless it is to remember. */
function jwtScheme({ key, jwk }: PublicMaterial, maxRememberedSignatures = 0): JwtScheme {
  const keys = jwk === undefined ? { secretBase64: key.export().toString('base64') } : { jwks: { keys: [jwk] } };
  return jwt({ issuer, audience, ...keys, maxRememberedSignatures });
}

/** The two steps of a scheme, as the guard takes them. */
export function judgeByScheme<C>(scheme: Scheme<string, object, C>, request: AuthRequest): Awaitable<boolean> {
  const found = scheme.extract(request, limits);
  if ('then' in found || found.kind !== 'credentials') return false;
  const verified = scheme.verify(found.credentials, request, context);
  return 'kind' in verified ? verified.kind === 'verified' : verified.then(({ kind }) => kind === 'verified');
}

export function schemeVerifier(material: PublicMaterial): Verifier {
  const scheme = jwtScheme(material);
  return ({ authorization }: Sample) => judgeByScheme(scheme, requestWith('Authorization', authorization));
}

/** As `schemeVerifier`, of tokens that come again. */
export function rememberingVerifier(material: PublicMaterial): Verifier {
  const scheme = jwtScheme(material, 10_000);
  return ({ authorization }: Sample) => judgeByScheme(scheme, requestWith('Authorization', authorization));
}

/** The whole guard: transport, format, proof, possession, permission, and the answer of a refusal. */
export function checkVerifier(material: PublicMaterial): Verifier {
  const auth = createAuth({ schemes: { access: jwtScheme(material) } });
  const requirement = { scheme: 'access', scopes: [scope] } as const;
  return ({ authorization }) => judgeByCheck(auth, requirement, requestWith('Authorization', authorization));
}

interface Asked {
  readonly scheme: string;
  readonly scopes: readonly string[];
}

export function judgeByCheck(auth: Pick<Auth, 'check'>, requirement: Asked, request: AuthRequest): Awaitable<boolean> {
  const decision = auth.check(request, requirement);
  return 'kind' in decision ? decision.kind === 'allow' : decision.then(({ kind }) => kind === 'allow');
}
