import { createHash, randomUUID } from 'node:crypto';

import { createAuth, jwt, type Jwk } from '@auth/core';

import { judgeByCheck } from '../libraries/auth-core.js';
import { rawVerifier } from '../libraries/raw.js';
import * as names from '../libraries/rivals.js';
import { cpuRatio, tableOf } from '../measure/compare.js';
import { race } from '../measure/race.js';
import { requestWithFields } from '../requests.js';
import { audience, claimsNow, issuer, makeMaterial, makeSample, scope, type Material, type Sample } from '../tokens.js';
import type { Section } from './section.js';

const requests = 32;
const known = '@auth/core auth.check, key known';
const fresh = '@auth/core auth.check, key new';

interface Bound {
  readonly token: Sample;
  readonly proof: Sample;
}

function publicMembers({ jwk }: Material): Jwk {
  const { kty, crv, x, y } = jwk!;
  return { kty, crv, x, y };
}

/** RFC 7638. */
function thumbprintOf({ crv, kty, x, y }: Jwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function makeBound(signer: Material, client: Material): Bound {
  const jwk = publicMembers(client);
  const token = makeSample(signer, { ...claimsNow(), cnf: { jkt: thumbprintOf(jwk) } });
  const claims = {
    jti: randomUUID(),
    htm: 'GET',
    htu: 'http://127.0.0.1:3000/orders',
    iat: Math.floor(Date.now() / 1000),
    ath: createHash('sha256').update(token.token).digest('base64url'),
  };
  return { token, proof: makeSample(client, claims, { typ: 'dpop+jwt', alg: 'ES256', jwk }) };
}

/** A bound token with its proof (RFC 9449): two signatures of ES256. The replay store takes everything, since each proof is sent often. */
export const dpop: Section = async ({ pace }) => {
  const signer = makeMaterial('ES256');
  const client = makeMaterial('ES256');
  const verifyToken = rawVerifier(signer);
  const verifyProof = rawVerifier(client);
  const samples = Array.from({ length: requests }, () => makeBound(signer, client));
  // More clients than the guard keeps keys of.
  const strangers = Array.from({ length: 1200 }, () => makeBound(signer, makeMaterial('ES256')));
  const access = jwt({ issuer, audience, jwks: { keys: [signer.jwk!] }, dpop: 'require' });
  const auth = createAuth({ schemes: { access }, stores: { replay: { use: () => 'new' } } });
  // As an adapter has it: written once, where the route is made.
  const requirement = { scheme: 'access', scopes: [scope] } as const;
  const judge = ({ token, proof }: Bound) =>
    judgeByCheck(
      auth,
      requirement,
      requestWithFields([
        ['Authorization', `DPoP ${token.token}`],
        ['DPoP', proof.token],
      ]),
    );
  const laps = await race(
    [
      {
        name: names.raw,
        judge: (index) => {
          const { token, proof } = samples[index % requests]!;
          return verifyToken(token) && verifyProof(proof);
        },
      },
      { name: known, judge: (index) => judge(samples[index % requests]!) },
      { name: fresh, judge: (index) => judge(strangers[index % strangers.length]!) },
    ],
    pace,
    true,
  );
  return {
    tables: [tableOf('DPoP, ES256: a token and its proof (node:crypto: both signatures)', laps, names.raw)],
    targets: [
      {
        what: 'DPoP, key known: the guard by both signatures',
        measured: cpuRatio(laps, known, names.raw).median,
        limit: 1.2,
        unit: 'x',
      },
      {
        what: 'DPoP, key new: the guard by both signatures',
        measured: cpuRatio(laps, fresh, names.raw).median,
        limit: 3.3,
        unit: 'x',
      },
    ],
  };
};
