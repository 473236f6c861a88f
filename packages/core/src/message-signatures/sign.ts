import { after } from '../base/awaitable.js';
import { encodeBase64url } from '../base/base64.js';
import { fromAscii } from '../base/bytes.js';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { HeaderList } from '../contracts/failure.js';
import { FailureError } from '../errors/failure-error.js';
import { Faults } from '../errors/faults.js';
import { formatContentDigest, type DigestAlgorithm } from '../http/content-digest.js';
import { formatField, formatInnerList, type BareItem, type Parameters } from '../http/structured-fields.js';
import type { Component } from './components.js';
import { defaultComponents, readComponents } from './coverage.js';
import type { FieldTypes } from './field-types.js';
import { toMessage, type OutgoingRequest, type OutgoingResponse } from './message.js';
import { createSignatureBase } from './signature-base.js';
import type { SignatureParameters } from './signature-fields.js';
import type { MessageSigningKey } from './signing-key.js';

/** Options of `signMessage`. */
export interface SignMessageOptions {
  readonly key: MessageSigningKey;
  /** What is covered, in order: `@method`, `content-digest`, `@query-param;name="page"`. An empty list signs the parameters alone. */
  readonly components: readonly string[];
  /** Parameters of the signature, in order; `keyid` is that of the key unless given. `created` is not added. */
  readonly parameters?: SignatureParameters;
  /** Name of the signature among others: lower-case letters and digits; default `sig`. */
  readonly label?: string;
  /** Structured fields beyond those of standards, for `sf`. */
  readonly fieldTypes?: FieldTypes;
}

/**
 * Signs a request or a response (RFC 9421 §3.1).
 *
 * Checks: that the message has all that is to be covered, once and in one reading.
 * Does not check: that a `Content-Digest` is that of the content; that the message is sent as it was signed.
 * @returns the field lines to add, `Signature-Input` and `Signature`; at once, or a promise where the key takes its time.
 * @throws FailureError where a component cannot be covered, with its reason; ConfigurationError for wrong options.
 * @example await signMessage({ method, url, headers }, { key, components: ['@method', '@target-uri'], parameters: { created } })
 */
export function signMessage(
  message: OutgoingRequest | OutgoingResponse,
  { key, components: names, parameters = {}, label = 'sig', fieldTypes }: SignMessageOptions,
): Awaitable<HeaderList> {
  const components = names.length === 0 ? [] : check((faults) => readComponents(names, faults, 'components'));
  return signComponents(message, components, { key, parameters, label, ...(fieldTypes && { fieldTypes }) });
}

function signComponents(
  outgoing: OutgoingRequest | OutgoingResponse,
  components: readonly Component[],
  {
    key,
    parameters,
    label,
    fieldTypes,
  }: Required<Pick<SignMessageOptions, 'key' | 'parameters' | 'label'>> & Pick<SignMessageOptions, 'fieldTypes'>,
): Awaitable<HeaderList> {
  const { keyid = key.keyid, ...others } = parameters;
  const given = Object.entries({ ...others, keyid }).filter(([, value]) => value !== undefined);
  const input = [
    components.map(({ name, parameters: own }) => [name, own] as [BareItem, Parameters]),
    new Map(given as [string, BareItem][]),
  ] as [[BareItem, Parameters][], Parameters];
  const base = createSignatureBase(
    toMessage(outgoing),
    { components, signatureParams: formatInnerList(input) },
    fieldTypes,
  );
  if (typeof base !== 'string') throw new FailureError(base, `the message cannot be signed: ${base.reason}`);
  return after(key.sign(fromAscii(base)), (signature) => [
    ['Signature-Input', formatField('dictionary', new Map([[label, input]]))],
    ['Signature', formatField('dictionary', new Map([[label, [Uint8Array.from(signature), new Map()]]]))],
  ]);
}

/** Options of `createMessageSigner`. */
export interface MessageSignerOptions {
  readonly key: MessageSigningKey;
  /** Default `@method`, `@target-uri`, `content-digest`; for responses name `@status` and others. */
  readonly components?: readonly string[];
  /** Adds a nonce of 128 random bits to each signature; default true. */
  readonly nonce?: boolean;
  /** Adds `expires`, so many seconds after `created`. */
  readonly expiresInSeconds?: number;
  readonly tag?: string;
  readonly label?: string;
  /** Of the digest that is added; default `sha-256`. */
  readonly digest?: DigestAlgorithm;
  readonly fieldTypes?: FieldTypes;
  readonly clock?: Pick<Clock, 'now'>;
  readonly random?: RandomSource;
}

/** Signs messages, each with its own time and nonce. */
export interface MessageSigner {
  /**
   * @param content of the message as it is sent; left out: none
   * @returns the field lines to add, with `Content-Digest` first where it is covered, there is content, and the message has none.
   */
  sign(message: OutgoingRequest | OutgoingResponse, content?: Uint8Array): Awaitable<HeaderList>;
}

const known = [
  'key', 'components', 'nonce', 'expiresInSeconds', 'tag', 'label', 'digest', 'fieldTypes', 'clock', 'random',
]; // prettier-ignore

/**
 * Makes a signer for requests, or for responses.
 *
 * Decision: `content-digest` is left out of the components of a message without content: there is nothing to cover.
 * @throws ConfigurationError with every fault of the options.
 * @example const signer = createMessageSigner({ key: await createMessageSigningKey({ keyid, alg: 'ed25519', privateKeyPem }) });
 *   const lines = await signer.sign({ method: 'POST', url, headers }, content);
 */
export function createMessageSigner(options: MessageSignerOptions): MessageSigner {
  const { key, nonce = true, tag, label = 'sig', digest = 'sha-256', expiresInSeconds, fieldTypes } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const components = check((faults) => {
    checkSignerOptions(options, faults);
    return readComponents(options.components ?? defaultComponents, faults, 'components');
  });
  return {
    sign(message, content = new Uint8Array()) {
      const covered = content.length > 0 ? components : components.filter(({ name }) => name !== 'content-digest');
      const needsDigest =
        covered.some(({ name, parameters: own }) => name === 'content-digest' && !own.has('req')) &&
        !message.headers.some(([name]) => name.toLowerCase() === 'content-digest');
      const added: HeaderList = needsDigest ? [['Content-Digest', formatContentDigest(content, digest)]] : [];
      const created = Math.floor(clock.now());
      const parameters: SignatureParameters = {
        created,
        ...(expiresInSeconds !== undefined && { expires: created + expiresInSeconds }),
        keyid: key.keyid,
        ...(nonce && { nonce: encodeBase64url(random(16)) }),
        ...(tag !== undefined && { tag }),
      };
      const whole = { ...message, headers: [...message.headers, ...added] };
      const settings = { key, parameters, label, ...(fieldTypes && { fieldTypes }) };
      return after(signComponents(whole, covered, settings), (lines) => [...added, ...lines]);
    },
  };
}

function checkSignerOptions(options: MessageSignerOptions, faults: Faults): void {
  faults.addUnknown(options, known);
  const { key, nonce = true, tag, label = 'sig', digest = 'sha-256', expiresInSeconds = 1 } = options;
  if (typeof key?.sign !== 'function') faults.add('key', 'keys-required', 'must be a key of createMessageSigningKey()');
  if (typeof nonce !== 'boolean') faults.add('nonce', 'invalid-option', 'must be true or false');
  if (tag !== undefined && !isText(tag))
    faults.add('tag', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  if (typeof label !== 'string' || !/^[a-z*][a-z0-9_.*-]*$/.test(label))
    faults.add('label', 'invalid-option', 'must be a lower-case letter, and letters and digits');
  if (digest !== 'sha-256' && digest !== 'sha-512')
    faults.add('digest', 'invalid-option', 'must be "sha-256" or "sha-512"');
  if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds < 1)
    faults.add('expiresInSeconds', 'invalid-option', 'must be a whole number of seconds, 1 or more');
}

const isText = (value: unknown): boolean => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);

/** @throws ConfigurationError with every fault that the step adds. */
function check<T>(step: (faults: Faults) => T): T {
  const faults = new Faults();
  const value = step(faults);
  faults.throwIfAny();
  return value;
}
