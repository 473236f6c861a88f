import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  timingSafeEqual,
  verify,
} from 'node:crypto';

import { hmac, httpSignature, type AuthRequest } from '@auth/core';
import { createMessageSigner, createMessageSigningKey, type MessageSigningKeyOptions } from '@auth/core/signing';

import { judgeByScheme } from '../libraries/auth-core.js';
import { cpuRatio, tableOf } from '../measure/compare.js';
import { race, type Case } from '../measure/race.js';
import { requestWithFields } from '../requests.js';
import type { Section } from './section.js';

const samples = 32;
const url = new URL('http://127.0.0.1:3000/orders');
const secret = randomBytes(32);
const pair = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const rawHmac = 'HMAC-SHA-256 of the base';
const rawEd25519 = 'Ed25519 of the base';
const ofHmac = 'hmac(), a GET';
const ofEd25519 = 'httpSignature(), ed25519, a GET';

/** Signed requests of RFC 9421 beside the primitive alone. What is good once is not counted: each sample is sent often. */
export const signatures: Section = async ({ pace }) => {
  const shared = await sign({ keyid: 'k', alg: 'hmac-sha256', secretBase64: secret.toString('base64') });
  const own = await sign({ keyid: 'k', alg: 'ed25519', privateKeyPem: pair.privateKey });
  const secretKey = createSecretKey(secret);
  const publicKey = createPublicKey(pair.publicKey);
  const byHmac = hmac({ keys: [{ keyid: 'k', secretBase64: secret.toString('base64'), subject: 'svc' }] });
  const byEd25519 = httpSignature({
    keys: [{ keyid: 'k', alg: 'ed25519', publicKeyPem: pair.publicKey, subject: 'svc' }],
  });
  const pick = <T>(list: readonly T[], index: number): T => list[index % samples]!;
  const hmacCases: readonly Case[] = [
    {
      name: rawHmac,
      judge: (index) => {
        const { base, signature } = pick(shared, index);
        return timingSafeEqual(createHmac('sha256', secretKey).update(base).digest(), signature);
      },
    },
    { name: ofHmac, inFlight: 64, judge: (index) => judgeByScheme(byHmac, pick(shared, index).request()) },
  ];
  const ed25519Cases: readonly Case[] = [
    {
      name: rawEd25519,
      judge: (index) => {
        const { base, signature } = pick(own, index);
        return verify(null, base, publicKey, signature);
      },
    },
    { name: ofEd25519, inFlight: 64, judge: (index) => judgeByScheme(byEd25519, pick(own, index).request()) },
  ];
  const lapsOfHmac = await race(hmacCases, pace, true);
  const lapsOfEd25519 = await race(ed25519Cases, pace, true);
  return {
    tables: [
      tableOf('HTTP Message Signatures, hmac-sha256', lapsOfHmac, rawHmac),
      tableOf('HTTP Message Signatures, ed25519', lapsOfEd25519, rawEd25519),
    ],
    targets: [
      {
        what: 'hmac(), a GET / HMAC-SHA-256',
        measured: cpuRatio(lapsOfHmac, ofHmac, rawHmac).median,
        limit: 2,
        unit: 'x',
      },
      {
        what: 'httpSignature, ed25519, a GET / Ed25519',
        measured: cpuRatio(lapsOfEd25519, ofEd25519, rawEd25519).median,
        limit: 2,
        unit: 'x',
      },
    ],
  };
};

interface Signed {
  readonly base: Uint8Array;
  readonly signature: Uint8Array;
  readonly request: () => AuthRequest;
}

async function sign(options: MessageSigningKeyOptions): Promise<readonly Signed[]> {
  const key = await createMessageSigningKey(options);
  return Promise.all(
    Array.from({ length: samples }, async () => {
      let base = new Uint8Array();
      let signature = new Uint8Array();
      // What is signed is what the primitive is measured with.
      const seen = {
        ...key,
        sign: async (data: Uint8Array) => {
          base = Uint8Array.from(data);
          return (signature = Uint8Array.from(await key.sign(data)));
        },
      };
      const components = ['@method', '@target-uri'];
      const fields = await createMessageSigner({ key: seen, components }).sign({ method: 'GET', url, headers: [] });
      return { base, signature, request: () => requestWithFields(fields) };
    }),
  );
}
