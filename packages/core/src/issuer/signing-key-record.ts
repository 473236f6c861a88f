import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

import { Secret } from '../base/secret.js';
import type { Jwk } from '../contracts/key.js';
import type { Sealer } from '../crypto/seal.js';
import { DependencyError } from '../errors/failure-error.js';
import type { SigningKeyEntry } from '../stores/signing-keys.js';

/** A signing key that the issuer made. */
export interface SigningKeyRecord {
  readonly keyid: string;
  readonly algorithm: string;
  readonly publicJwk: Jwk;
  readonly privateJwk: Secret<Jwk>;
  /** Seconds since the epoch: it signs from then on, until the next one does. */
  readonly activeAt: number;
}

/** Makes a key pair of an algorithm; its `kid` is its thumbprint (RFC 7638). */
export async function makeSigningKey(algorithm: string, activeAt: number): Promise<SigningKeyRecord> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const [publicPart, privateJwk] = await Promise.all([exportJWK(publicKey), exportJWK(privateKey)]);
  const keyid = await calculateJwkThumbprint(publicPart);
  const publicJwk = { ...publicPart, kid: keyid, alg: algorithm, use: 'sig' } as Jwk;
  return { keyid, algorithm, publicJwk, privateJwk: new Secret<Jwk>(privateJwk), activeAt };
}

/** As the store keeps it. Sealed as a whole, so that whoever can write there can neither read a key nor bring one of theirs. */
export async function sealSigningKey(record: SigningKeyRecord, sealer: Sealer): Promise<SigningKeyEntry> {
  const { keyid, privateJwk } = record;
  return { keyid, value: await sealer.seal({ ...record, privateJwk: privateJwk.reveal() }) };
}

/** @throws DependencyError for what this issuer has not sealed: a key that is not known must not be passed over, since others sign with it */
export async function openSigningKey({ keyid, value }: SigningKeyEntry, sealer: Sealer): Promise<SigningKeyRecord> {
  const opened = (await sealer.open(value)) as (Omit<SigningKeyRecord, 'privateJwk'> & { privateJwk: Jwk }) | undefined;
  if (opened === undefined || opened.keyid !== keyid)
    throw new DependencyError(
      'signing-key-store-unavailable',
      {},
      {
        message: `the signing key ${JSON.stringify(keyid)} does not open: give all processes of the issuer the same signing.secretBase64`,
      },
    );
  return { ...opened, privateJwk: new Secret<Jwk>(opened.privateJwk) };
}
