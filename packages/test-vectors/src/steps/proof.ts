import { createHash, webcrypto } from 'node:crypto';

import type { JsonObject, ProofStep } from '../case.js';
import { replaceIn } from '../placeholders.js';
import type { CaseContext, StepResult } from '../run-case.js';
import { textOf } from '../server.js';

/** Private keys (JWK) by name. */
export type PrivateKeys = Readonly<Record<string, JsonObject>>;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Signs a proof (RFC 9449 §4.2, RFC 7515 §5.1). */
export async function runProof({ proof }: ProofStep, context: CaseContext): Promise<StepResult> {
  try {
    const { name, key, token, claims } = replaceIn(proof, context.texts);
    const jwk = context.privateKeys[key];
    if (jwk === undefined) return { faults: [`there is no private key ${key}`] };
    const { kty, crv, x, y, d } = jwk;
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } };
    const tied = token !== undefined && { ath: createHash('sha256').update(token).digest('base64url') };
    const input = [header, { ...claims, ...tied }].map((part) => encode(JSON.stringify(part))).join('.');
    const privateJwk = { kty, crv, x, y, d } as webcrypto.JsonWebKey;
    const privateKey = await webcrypto.subtle.importKey('jwk', privateJwk, algorithm, false, ['sign']);
    const signature = await webcrypto.subtle.sign(algorithm, privateKey, Buffer.from(input));
    return { faults: [], told: { proof: { [name]: `${input}.${encode(Buffer.from(signature))}` } } };
  } catch (error) {
    return { faults: [textOf(error)] };
  }
}

const encode = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64url');
