import { takeBody, type CallBody, type OutgoingBody } from './body.js';
import { ClientError } from './client-error.js';
import { assertOrigin } from './origin-guard.js';

/** What a call may say beside its target. */
export interface CallInit {
  /** Default `GET`. */
  readonly method?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: CallBody;
  readonly signal?: AbortSignal | null;
  /** Taken for the sake of `fetch`, which wants it for streams; it is set where it is needed. */
  readonly duplex?: 'half';
}

/** A call that was checked: all of it may be sent to this URL. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  readonly signal: AbortSignal | undefined;
}

const known: readonly string[] = ['method', 'headers', 'body', 'signal', 'duplex'];
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const lineBreak = /[\r\n\0]/;
const platformFields: ReadonlySet<string> = new Set([
  'connection', 'content-length', 'expect', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]); // prettier-ignore

/**
 * Checks what a caller asks for, before anything is sent.
 * @param fields those that the strategy writes
 * @throws ClientError `origin-mismatch`, `credentials-in-url`, `invalid-request` or `authorization-conflict`
 */
export function readCall(
  target: string | URL,
  init: CallInit,
  { origin, fields }: { readonly origin: string; readonly fields: readonly string[] },
): Call {
  const url = assertOrigin(target, origin);
  for (const [name, value] of Object.entries(init))
    if (value !== undefined && !known.includes(name))
      throw new ClientError('invalid-request', `${name} is not a member of a call; those are ${known.join(', ')}`);
  const { method = 'GET', signal } = init;
  if (typeof method !== 'string' || !token.test(method))
    throw new ClientError('invalid-request', 'the method must be one word');
  const headers = readHeaders(init.headers);
  const names = [...headers.keys()];
  assertFields(names, fields);
  const written = names.find((name) => platformFields.has(name));
  if (written !== undefined)
    throw new ClientError('invalid-request', `${written} is written by the platform: leave it out`);
  return { method, url, headers, body: takeBody(init.body), signal: signal ?? undefined };
}

/** @throws ClientError `authorization-conflict` where the caller sets a field that the strategy writes */
export function assertFields(names: readonly string[], written: readonly string[]): void {
  const name = names.find((each) => written.includes(each));
  if (name !== undefined)
    throw new ClientError('authorization-conflict', `${name} is written by the strategy of this client: leave it out`);
}

function readHeaders(init: CallInit['headers'] = {}): Headers {
  try {
    const lines = Array.from<readonly unknown[]>(Symbol.iterator in init ? init : Object.entries(init));
    // The platform would take line breaks off the ends of a value without a word.
    if (!lines.flat().some((text) => lineBreak.test(String(text)))) return new Headers(lines as [string, string][]);
  } catch {
    // The platform's own message shows the value.
  }
  throw new ClientError('invalid-request', 'a header field has a name or a value that no field can have');
}
