import { after } from '../../../../base/awaitable.js';
import type { Awaitable } from '../../../../contracts/awaitable.js';
import type { HeaderList } from '../../../../contracts/failure.js';
import { Faults } from '../../../../errors/faults.js';
import { readSecret } from '../../keys.js';
import { canonicalRequest, signatureParameter } from './canonical-request.js';
import { checkRegion, pathStyleOf } from './options.js';
import { unsignedPayload } from './payload.js';
import { algorithm, hexOfSha256, scopeOf, SigningKeys, stringToSign, type Region } from './signing-key.js';
import { formatAmzDate } from './timestamp.js';

/** Options of `createSigV4Signer`. */
export interface SigV4SignerOptions {
  /** Access key id. */
  readonly keyid: string;
  /** Secret access key. It is not kept but in the platform's own form. */
  readonly secret: string;
  /** Of temporary credentials: goes into `X-Amz-Security-Token`, and is signed. */
  readonly sessionToken?: string;
  readonly region: string;
  readonly service: string;
}

/** A request to sign. */
export interface SigV4Request {
  readonly method: string;
  /** Absolute: the host is signed. */
  readonly url: string;
  /** All of them are signed: leave out what a proxy may change. */
  readonly headers?: HeaderList;
  /** The bytes as they are sent, or `UNSIGNED-PAYLOAD`. Default: no body. */
  readonly body?: Uint8Array | 'UNSIGNED-PAYLOAD';
}

/** Signs by AWS Signature Version 4. Shows nothing of the secret. */
export interface SigV4Signer {
  /**
   * @param at seconds since the epoch
   * @returns the fields to add, `Authorization` and `X-Amz-Date` among them; at once, or a promise on Web Crypto.
   */
  sign(request: SigV4Request, at: number): Awaitable<HeaderList>;
  /**
   * @param expiresSeconds from `at` on, 1 to 604800; `hmac()` takes at most 900
   * @returns the URL with the signature in its query: whoever sees it can use it.
   */
  presign(request: SigV4Request, at: number, options: { readonly expiresSeconds: number }): Awaitable<string>;
}

const known = ['keyid', 'secret', 'sessionToken', 'region', 'service'];

/**
 * Makes a signer for AWS Signature Version 4. Its keys are derived once a day.
 *
 * Checks: the options.
 * Does not check: that the request goes out as it was signed; whoever changes method, URL, body or a signed field is refused.
 * @throws ConfigurationError with every fault of the options; none shows the secret.
 * @example const signer = createSigV4Signer({ keyid, secret, region: 'eu-west-1', service: 'execute-api' })
 * @example const fields = await signer.sign({ method: 'POST', url, body }, systemClock.now())
 */
export function createSigV4Signer(options: SigV4SignerOptions): SigV4Signer {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { keyid, sessionToken } = options;
  for (const [name, text] of Object.entries({ keyid, ...(sessionToken !== undefined && { sessionToken }) }))
    if (typeof text !== 'string' || !/^[\x21-\x2e\x30-\x7e]+$/.test(name === 'keyid' ? text : text.replaceAll('/', '')))
      faults.add(name, 'invalid-option', 'must be visible ASCII characters');
  const where = checkRegion(options, faults);
  const secret = readSecret(options.secret, { looks: 'the secret access key' }, faults);
  faults.throwIfAny();
  const signing: Signing = { keyid, sessionToken, where, keys: new SigningKeys(secret!, where) };
  return Object.freeze({
    sign: (request: SigV4Request, at: number) => signFields(signing, toWire(request), at),
    presign: (request: SigV4Request, at: number, { expiresSeconds }: { readonly expiresSeconds: number }) => {
      const { origin } = new URL(request.url);
      return after(presignTarget(signing, toWire(request), { at, expiresSeconds }), (target) => `${origin}${target}`);
    },
  });
}

/** What signs. */
interface Signing {
  readonly keyid: string;
  readonly sessionToken: string | undefined;
  readonly where: Region;
  readonly keys: SigningKeys;
}

/** A request as it goes out. */
interface WireRequest {
  readonly method: string;
  readonly target: string;
  /** By name in lower case, the host among them. */
  readonly lines: HeaderList;
  readonly body: Uint8Array | 'UNSIGNED-PAYLOAD';
}

function toWire({ method, url, headers = [], body = new Uint8Array() }: SigV4Request): WireRequest {
  const { host, pathname, search } = new URL(url);
  const lines = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    method,
    target: pathname + search,
    lines: [...lines.filter(([name]) => name !== 'host'), ['host', host]],
    body,
  };
}

function signFields(signing: Signing, request: WireRequest, at: number): Awaitable<HeaderList> {
  const amzDate = formatAmzDate(at);
  const payload = payloadOf(request);
  const names = new Set(request.lines.map(([name]) => name));
  const added: [string, string][] = [['x-amz-date', amzDate]];
  if (signing.sessionToken !== undefined) added.push(['x-amz-security-token', signing.sessionToken]);
  // S3 asks for it; and what is not the hash of the body must be said.
  const declares = pathStyleOf(signing.where.service) === 'as-sent' || payload === unsignedPayload;
  if (declares && !names.has('x-amz-content-sha256')) added.push(['x-amz-content-sha256', payload]);
  const lines = [...request.lines.filter(([name]) => !added.some(([other]) => other === name)), ...added];
  return after(signatureOf(signing, { ...request, lines }, { amzDate, payload }), ({ signedHeaders, signature }) => [
    ...added,
    [
      'authorization',
      `${algorithm} Credential=${signing.keyid}/${scopeOf(amzDate.slice(0, 8), signing.where)}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    ],
  ]);
}

function presignTarget(
  signing: Signing,
  request: WireRequest,
  { at, expiresSeconds }: { readonly at: number; readonly expiresSeconds: number },
): Awaitable<string> {
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800)
    throw new TypeError('presign: expiresSeconds must be a whole number from 1 to 604800');
  const amzDate = formatAmzDate(at);
  const parameters = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${signing.keyid}/${scopeOf(amzDate.slice(0, 8), signing.where)}`],
    ['X-Amz-Date', amzDate],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', signedNames(request.lines).join(';')],
    ...(signing.sessionToken === undefined ? [] : [['X-Amz-Security-Token', signing.sessionToken]]),
  ].map(([name, value]) => `${name}=${encodeURIComponent(value!)}`);
  const target = `${request.target}${request.target.includes('?') ? '&' : '?'}${parameters.join('&')}`;
  const payload = pathStyleOf(signing.where.service) === 'as-sent' ? unsignedPayload : payloadOf(request);
  return after(
    signatureOf(signing, { ...request, target }, { amzDate, payload }),
    ({ signature }) => `${target}&${signatureParameter}=${signature}`,
  );
}

function signatureOf(
  { where, keys }: Signing,
  { method, target, lines }: WireRequest,
  { amzDate, payload }: { readonly amzDate: string; readonly payload: string },
): Awaitable<{ readonly signedHeaders: string; readonly signature: string }> {
  const linesOf = (name: string): readonly string[] =>
    lines.filter(([other]) => other === name).map(([, value]) => value);
  const signedHeaders = signedNames(lines);
  const coverage = { signedHeaders, payload, pathStyle: pathStyleOf(where.service) };
  const day = amzDate.slice(0, 8);
  const signed = stringToSign(amzDate, scopeOf(day, where), canonicalRequest({ method, target, linesOf }, coverage));
  return after(keys.sign(day, signed), (signature) => ({ signedHeaders: signedHeaders.join(';'), signature }));
}

const signedNames = (lines: HeaderList): readonly string[] => [...new Set(lines.map(([name]) => name))].toSorted();
const payloadOf = ({ body }: WireRequest): string => (body === unsignedPayload ? body : hexOfSha256(body));
