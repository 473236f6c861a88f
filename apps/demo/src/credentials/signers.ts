import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';

import type { HeaderList } from '@auth/core';
import {
  createMessageSigner,
  createMessageSigningKey,
  createSigV4Signer,
  createWebhookSigner,
} from '@auth/core/signing';

/** What the API is told of those who sign requests. */
export interface SigningCallers {
  readonly jobKeyPem: string;
  readonly awsSecret: string;
  readonly hookSecret: string;
}

/** A request that is about to go to one server. */
export interface Unsigned {
  readonly method: string;
  readonly url: string;
}

/** The field lines and the body of a request, as they go out. */
export interface Signed {
  readonly headers: HeaderList;
  readonly body: string;
}

export type SignRequest = (request: Unsigned) => Promise<Signed>;

/** Who signs requests, and how: each time anew, since a signature is for one server and one moment. */
export interface Signers {
  /** HTTP Message Signatures (RFC 9421). */
  readonly message: SignRequest;
  readonly messageLongAgo: SignRequest;
  readonly webhook: SignRequest;
  readonly aws: SignRequest;
  /** A secret that nobody handed out. */
  readonly awsWithOtherSecret: SignRequest;
}

export const awsKeyid = 'AKIADEMOWAREHOUSE';
export const awsScope = { region: 'eu-west-1', service: 'execute-api' } as const;
export const jobKeyid = 'orders-job';

const body = '{"item":"ink"}';
const content: HeaderList = [['Content-Type', 'application/json']];
const bytes = Buffer.from(body);
const longAgoSeconds = 600;
const now = (): number => Date.now() / 1000;

export async function makeSigners(): Promise<{ readonly signers: Signers; readonly told: SigningCallers }> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const told: SigningCallers = {
    jobKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    awsSecret: randomBytes(30).toString('base64'),
    hookSecret: `whsec_${randomBytes(32).toString('base64')}`,
  };
  const key = await createMessageSigningKey({ keyid: jobKeyid, alg: 'ed25519', privateKeyPem });
  return {
    told,
    signers: {
      message: signMessages(createMessageSigner({ key })),
      messageLongAgo: signMessages(createMessageSigner({ key, clock: { now: () => now() - longAgoSeconds } })),
      webhook: signWebhooks(told.hookSecret),
      aws: signForAws(told.awsSecret),
      awsWithOtherSecret: signForAws(randomBytes(30).toString('base64')),
    },
  };
}

/** Sends another body than the one that was signed. */
export const withOtherBody =
  (sign: SignRequest): SignRequest =>
  async (request) => ({ ...(await sign(request)), body: body.replace('ink', 'gin') });

function signMessages(signer: ReturnType<typeof createMessageSigner>): SignRequest {
  return async ({ method, url }) => {
    const lines = await signer.sign({ method, url: new URL(url), headers: content }, bytes);
    return { headers: [...content, ...lines], body };
  };
}

function signWebhooks(secret: string): SignRequest {
  const signer = createWebhookSigner({ profile: 'standard-webhooks', secrets: [secret] });
  return async () => {
    const lines = await signer.sign({ id: `msg_${randomUUID()}`, at: now(), body: bytes });
    return { headers: [...content, ...lines], body };
  };
}

function signForAws(secret: string): SignRequest {
  const signer = createSigV4Signer({ keyid: awsKeyid, secret, ...awsScope });
  return async ({ method, url }) => {
    const lines = await signer.sign({ method, url, headers: content, body: bytes }, now());
    return { headers: [...content, ...lines], body };
  };
}
