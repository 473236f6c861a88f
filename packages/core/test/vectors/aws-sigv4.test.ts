import { afterAll, describe, expect, it } from 'vitest';

import type { Context } from '../../src/index.js';
import {
  canonicalRequest,
  type Coverage,
  type Message,
} from '../../src/schemes/hmac/profiles/aws-sigv4/canonical-request.js';
import { createSigV4Signer } from '../../src/schemes/hmac/profiles/aws-sigv4/sign.js';
import { scopeOf, SigningKeys, stringToSign } from '../../src/schemes/hmac/profiles/aws-sigv4/signing-key.js';
import { atOnce } from '../fixtures/at-once.js';
import { contextOf } from '../fixtures/context.js';
import { requestOf } from '../fixtures/request.js';
import { backends } from './backends.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

interface Form {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
  readonly signedRequest: string;
}

interface Case {
  readonly id: string;
  readonly context: {
    readonly credentials: {
      readonly access_key_id: string;
      readonly secret_access_key: string;
      readonly token?: string;
    };
    readonly region: string;
    readonly service: string;
    readonly timestamp: string;
    readonly normalize: boolean;
    readonly sign_body: boolean;
    readonly omit_session_token?: boolean;
    readonly expiration_in_seconds: number;
  };
  readonly request: string;
  readonly header: Form;
  readonly query: Form;
}

const { cases } = readVectors('./aws-sigv4/sigv4.json') as { readonly cases: readonly Case[] };
checkMembers('aws-sigv4', cases, ['id', 'context', 'request', 'header', 'query']);
checkMembers(
  'aws-sigv4 contexts',
  cases.map(({ context }) => context),
  [
    'credentials',
    'expiration_in_seconds',
    'normalize',
    'region',
    'service',
    'sign_body',
    'timestamp',
    'omit_session_token',
  ],
);

interface Parsed {
  readonly method: string;
  readonly target: string;
  readonly lines: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** The texts of the suite: a request line, fields, of which a line may be folded, and a body after an empty line. */
function parse(text: string): Parsed {
  const [head = '', body = ''] = text.split('\n\n');
  const [requestLine = '', ...fields] = head.replace(/\n(?=[ \t])/g, ' ').split('\n');
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine) ?? [];
  const lines = fields
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const);
  return { method, target, lines, body: new TextEncoder().encode(body) };
}

function messageOf({ method, target, lines }: Parsed): Message {
  return { method, target, linesOf: (name) => lines.filter(([other]) => other === name).map(([, value]) => value) };
}

const seconds = ({ context }: Case): number => Date.parse(context.timestamp) / 1000;
const keyOf = ({ context: { credentials, region, service } }: Case, { hmac }: (typeof backends)[0]['core']) =>
  hmac({
    profile: 'aws-sigv4',
    region,
    service,
    keys: [{ keyid: credentials.access_key_id, secret: credentials.secret_access_key, subject: 'svc' }],
  });

afterAll(printCounts);

describe.each(['header', 'query'] as const)('the SigV4 suite of AWS, signed in the %s', (where) => {
  it.each(cases.map((each) => [each.id, each] as const))('has the texts and the signature of %s', async (_, each) => {
    const form = each[where];
    const request = parse(form.signedRequest);
    const [signedHeaders, payload] = form.canonicalRequest.split('\n').slice(-2) as [string, string];
    const coverage: Coverage = {
      signedHeaders: signedHeaders.split(';'),
      payload,
      pathStyle: each.context.normalize ? 'normalized' : 'as-sent',
    };
    // A token that is added after signing is in the request, and signed by nobody.
    const added = where === 'query' && each.context.omit_session_token === true;
    const target = added ? request.target.replace(/X-Amz-Security-Token=[^&]*&/, '') : request.target;
    const canonical = canonicalRequest(messageOf({ ...request, target }), coverage);
    expect(canonical).toBe(form.canonicalRequest);
    const amzDate = each.context.timestamp.replace(/[-:]/g, '');
    const signed = stringToSign(amzDate, scopeOf(amzDate.slice(0, 8), each.context), canonical);
    expect(signed).toBe(form.stringToSign);
    const keys = new SigningKeys(new TextEncoder().encode(each.context.credentials.secret_access_key), each.context);
    expect(await keys.sign(amzDate.slice(0, 8), signed)).toBe(form.signature);
  });
  count(`aws-sigv4/sigv4.json, ${where}`, cases.length, 'texts and signatures');
});

describe.each(backends)('hmac() over $name', ({ name, core }) => {
  const judged = cases.filter(({ context }) => context.normalize);

  it.each(judged.map((each) => [each.id, each] as const))('judges the signed request %s', async (_, each) => {
    const { method, target, lines, body } = parse(each.header.signedRequest);
    const headers: Record<string, string[]> = {};
    for (const [field, value] of lines) (headers[field] ??= []).push(value);
    const request = requestOf({ method, target, headers, body: () => Promise.resolve(body) });
    // The fixture's own host is another, which nothing here forwards.
    const sent = { ...request, url: new URL(`https://${lines.find(([field]) => field === 'host')![1]}/`) };
    const context: Context = contextOf({ clock: { now: () => seconds(each), schedule: () => () => undefined } });
    const scheme = keyOf(each, core);
    const found = atOnce(scheme.extract(sent, { maxCredentialBytes: 8192 }));
    if (found.kind !== 'credentials') throw new Error(`${each.id}: ${JSON.stringify(found)}`);
    const verified = await scheme.verify(found.credentials, sent, context);
    const expected =
      each.context.omit_session_token === true
        ? { kind: 'failure', code: 'invalid-signature', reason: 'coverage-insufficient' }
        : { kind: 'verified', principal: { subject: 'svc', credentialId: 'AKIDEXAMPLE' } };
    expect(verified).toMatchObject(expected);
  });
  count(`aws-sigv4/sigv4.json by hmac() over ${name}`, judged.length, 'header form, those with normalised paths');
});

describe('createSigV4Signer', () => {
  // Others have what no request line may have: the URL of a request would have it encoded.
  const plain = cases.filter(
    ({ context, request }) => context.normalize && /^[\x21-\x7e]+ [\x21-\x7e]+ HTTP/.test(request),
  );

  it.each(plain.map((each) => [each.id, each] as const))('signs %s as the suite does', async (_, each) => {
    const { method, target, lines, body } = parse(each.request);
    const { credentials, region, service, omit_session_token: omit, sign_body: signBody } = each.context;
    const signer = createSigV4Signer({
      keyid: credentials.access_key_id,
      secret: credentials.secret_access_key,
      region,
      service,
      ...(credentials.token !== undefined && omit !== true && { sessionToken: credentials.token }),
    });
    const url = `https://example.amazonaws.com${target}`;
    const [, payload] = each.header.canonicalRequest.split('\n').slice(-2) as [string, string];
    const declared = signBody ? [['x-amz-content-sha256', payload] as const] : [];
    const fields = await signer.sign({ method, url, headers: [...lines, ...declared], body }, seconds(each));
    expect(fields.find(([field]) => field === 'authorization')?.[1]).toMatch(
      new RegExp(`Signature=${each.header.signature}$`),
    );
    const presigned = await signer.presign({ method, url, headers: lines, body }, seconds(each), {
      expiresSeconds: each.context.expiration_in_seconds,
    });
    expect(new URL(presigned).searchParams.get('X-Amz-Signature')).toBe(each.query.signature);
  });
  count('aws-sigv4/sigv4.json by createSigV4Signer', plain.length, 'header and query form');
});
