import { afterAll, describe, expect, it } from 'vitest';

import type { HeaderList } from '../../src/index.js';
import { fromAscii } from '../../src/base/bytes.js';
import { formatAcceptSignature, parseAcceptSignature } from '../../src/message-signatures/accept-signature.js';
import type { SignatureAlgorithm } from '../../src/message-signatures/algorithms.js';
import { findComponentValue } from '../../src/message-signatures/component-value.js';
import { parseComponent, toComponent } from '../../src/message-signatures/components.js';
import { toMessage, type Message } from '../../src/message-signatures/message.js';
import { createSignatureBase } from '../../src/message-signatures/signature-base.js';
import { parseSignatures, type ParsedSignature } from '../../src/message-signatures/signature-fields.js';
import type { FieldTypes } from '../../src/message-signatures/field-types.js';
import { parseField } from '../../src/http/structured-fields.js';
import { backends } from './backends.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

afterAll(printCounts);

interface VectorMessage {
  readonly type: 'request' | 'response';
  readonly method?: string;
  readonly requestTarget?: string;
  readonly scheme?: string;
  readonly status?: number;
  readonly headers: HeaderList;
}

/** The target stands there as received, which a URL would change. */
function messageOf(vector: VectorMessage, related?: VectorMessage): Message {
  const { headers, status } = vector;
  if (status !== undefined) {
    const request = related && (messageOf(related) as Exclude<Message, { status: number }>);
    return toMessage({ status, headers, ...(request && { request }) });
  }
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? 'host.example';
  const url = new URL(`${vector.scheme}://${host}/`);
  return { ...toMessage({ method: vector.method!, url, headers }), target: vector.requestTarget! };
}

interface Key {
  readonly algorithm: SignatureAlgorithm;
  readonly privateJwk?: Record<string, unknown>;
  readonly jwk?: Record<string, unknown>;
  readonly secretBase64?: string;
}

interface Signed {
  readonly id: string;
  readonly label: string;
  readonly expected: 'valid' | 'invalid';
  readonly algorithm: SignatureAlgorithm;
  readonly keyid: string;
  readonly deterministic: boolean;
  readonly message: VectorMessage;
  readonly relatedRequest?: VectorMessage;
  readonly signatureInput: string;
  readonly signatureBase: string;
  readonly signature: string;
}

const { keys } = readVectors('rfc9421/keys.json') as { keys: Readonly<Record<string, Key>> };
const { cases: signed } = readVectors('rfc9421/signatures.json') as { cases: readonly Signed[] };

const withSignature = ({ message, signatureInput, signature }: Signed): VectorMessage => ({
  ...message,
  headers: [
    ...message.headers.filter(([name]) => !/^signature/i.test(name)),
    ['Signature-Input', signatureInput],
    ['Signature', signature],
  ],
});

function signatureOf(vector: Signed): { readonly message: Message; readonly signature: ParsedSignature } {
  const parsed = parseSignatures(messageOf(withSignature(vector)).headers);
  if ('kind' in parsed) throw new Error(`${vector.id}: ${parsed.reason}`);
  const signature = parsed.find(({ label }) => label === vector.label);
  return { message: messageOf(vector.message, vector.relatedRequest), signature: signature! };
}

const privateMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi']);
const publicOf = (jwk: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !privateMembers.has(name)));

describe('signatures of RFC 9421', () => {
  it.each(signed)('have the signature base that is printed: $id', (vector) => {
    const { message, signature } = signatureOf(vector);
    const base = createSignatureBase(message, signature);
    if (vector.expected === 'valid') expect(base).toBe(vector.signatureBase);
    else expect(base).not.toBe(vector.signatureBase);
  });

  describe.each(backends)('with the back end $name', ({ readSignatureKey, signing }) => {
    it.each(signed)('are good or not as printed: $id, $expected', async (vector) => {
      const { message, signature } = signatureOf(vector);
      const { algorithm: alg, keyid } = vector;
      const { jwk, secretBase64 } = keys[keyid]!;
      const base = fromAscii(createSignatureBase(message, signature) as string);
      const key = readSignatureKey({
        keyid,
        alg,
        ...(jwk && { publicJwk: publicOf(jwk) }),
        ...(secretBase64 !== undefined && { secretBase64 }),
      });
      expect(await key.verify(signature.signature, base)).toBe(vector.expected === 'valid');
      expect(await key.verify(signature.signature.subarray(1), base)).toBe(false);
      expect(await key.verify(signature.signature, base.subarray(1))).toBe(false);
    });

    it.each(signed.filter(({ expected }) => expected === 'valid'))('are made as printed: $id', async (vector) => {
      const { message, signature } = signatureOf(vector);
      const { algorithm: alg, keyid } = vector;
      const { jwk, secretBase64 } = keys[keyid]!;
      const key = await signing.createMessageSigningKey({
        keyid,
        alg,
        ...(jwk && { privateJwk: jwk }),
        ...(secretBase64 !== undefined && { secretBase64 }),
      });
      const base = fromAscii(createSignatureBase(message, signature) as string);
      const made = await key.sign(base);
      if (vector.deterministic) expect([...made]).toEqual([...signature.signature]);
      const verifier = readSignatureKey({
        keyid,
        alg,
        ...(jwk && { publicJwk: publicOf(jwk) }),
        ...(secretBase64 !== undefined && { secretBase64 }),
      });
      expect(await verifier.verify(made, base)).toBe(true);
    });
  });

  it('are all there', () => {
    checkMembers('signatures', signed, [
      'id', 'section', 'label', 'expected', 'algorithm', 'keyid', 'deterministic', 'message', 'relatedRequest', 'signatureInput',
      'signatureBase', 'signature', 'signatureBaseDerived', 'signatureBaseIsOfOriginal', 'notes', 'clientCertificateDerBase64', 'title',
    ]); // prettier-ignore
    count('rfc9421/signatures', signed.length);
  });
});

interface ComponentCase {
  readonly id: string;
  readonly component: string;
  readonly value: string;
  readonly line: string;
  readonly message: VectorMessage;
  readonly fieldType?: FieldTypes[string] | FieldTypes;
}

const typesOf = ({ component, fieldType }: Pick<ComponentCase, 'component' | 'fieldType'>): FieldTypes =>
  typeof fieldType === 'string' ? { [/^"([^"]*)"/.exec(component)![1]!]: fieldType } : (fieldType ?? {});

describe('components of RFC 9421 §2', () => {
  const { cases } = readVectors('rfc9421/components.json') as { cases: readonly ComponentCase[] };

  it.each(cases.filter(({ component }) => !component.endsWith(';tr')))(
    'have the value that is printed: $id $component',
    (vector) => {
      const component = toComponent(parseField('item', vector.component)!);
      if ('kind' in component) throw new Error(component.reason);
      const value = findComponentValue(component, messageOf(vector.message), typesOf(vector));
      expect(value).toBe(vector.value);
      expect(`${component.identifier}: ${value as string}`).toBe(vector.line);
    },
  );

  it('are refused where they stand in trailers, which come after the decision (§2.1.4)', () => {
    const trailers = cases.filter(({ component }) => component.endsWith(';tr'));
    expect(trailers).toHaveLength(1);
    for (const { component } of trailers)
      expect(toComponent(parseField('item', component)!)).toMatchObject({ reason: 'component-unsupported' });
    checkMembers('components', cases, ['id', 'section', 'component', 'value', 'line', 'message', 'fieldType', 'note']);
    count('rfc9421/components', cases.length, 'one of them, ;tr, refused by our decision');
  });
});

describe('signature bases that must not be (RFC 9421 §2.5)', () => {
  const { cases } = readVectors('rfc9421/must-error.json') as {
    cases: readonly {
      readonly id: string;
      readonly covered: readonly string[];
      readonly message: VectorMessage;
      readonly fieldType?: FieldTypes;
    }[];
  };

  it.each(cases)('are refused: $id', ({ covered, message, fieldType }) => {
    const components = covered.map((text) => toComponent(parseField('item', text)!));
    const fault = components.find((component) => 'kind' in component);
    const base =
      fault ??
      createSignatureBase(
        messageOf(message),
        { components: components as Exclude<(typeof components)[number], { kind: string }>[], signatureParams: '()' },
        fieldType,
      );
    expect(base).toMatchObject({ kind: 'failure', code: 'invalid-signature' });
  });

  it('are all there', () => {
    checkMembers('must-error', cases, ['id', 'section', 'rule', 'message', 'covered', 'expected', 'fieldType']);
    count('rfc9421/must-error', cases.length);
  });
});

describe('fields of RFC 9421', () => {
  const { cases } = readVectors('rfc9421/fields.json') as {
    cases: readonly {
      readonly id: string;
      readonly components: readonly string[];
      readonly params: Readonly<Record<string, string | number | true>>;
      readonly field?: string;
      readonly label?: string;
      readonly serialized?: string;
    }[];
  };

  it('are read and written as printed', async () => {
    const [params, input, accept] = cases as [(typeof cases)[0], (typeof cases)[0], (typeof cases)[0]];
    const message = {
      method: 'GET',
      url: new URL('https://www.example.com/'),
      headers: ['date', 'cache-control', 'content-digest'].map((name) => [name, 'x'] as const),
    };
    const key = { keyid: 'k', alg: 'hmac-sha256', sign: () => new Uint8Array(1) } as const;
    const { signMessage } = backends[0]!.signing;
    const [line] = await signMessage(message, { key, components: params.components, parameters: params.params });
    expect(line).toEqual(['Signature-Input', `sig=${reordered(params.serialized!)}`]);

    const [, value] = /^Signature-Input: (.*)$/.exec(input.field!)!;
    const headers = toMessage({
      ...message,
      headers: [
        ['Signature-Input', value!],
        ['Signature', 'sig1=:AA==:'],
      ],
    }).headers;
    expect(parseSignatures(headers)).toMatchObject([
      { label: input.label, parameters: input.params, components: input.components.map((name) => ({ name })) },
    ]);

    const [, wanted] = /^Accept-Signature: (.*)$/.exec(accept.field!)!;
    const requested = parseAcceptSignature(wanted!);
    expect(requested).toMatchObject([{ label: accept.label, components: accept.components.map((name) => ({ name })) }]);
    expect(Object.fromEntries(requested![0]!.parameters)).toEqual(accept.params);
    expect(formatAcceptSignature(requested!)).toBe(wanted);
    expect(parseComponent('@method')).toMatchObject({ identifier: '"@method"' });
    count('rfc9421/fields', cases.length, 'reader and writer');
  });

  /** `keyid` goes last here, and the order of the parameters is the signer's own (§2.3). */
  const reordered = (text: string): string =>
    text.replace(';keyid="test-key-rsa-pss"', '') + ';keyid="test-key-rsa-pss"';
});
