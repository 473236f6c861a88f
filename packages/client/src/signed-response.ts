import { concatBytes, type HeaderList, type MessageVerifier, type OutgoingResponse } from '@auth/core/signing';

import { ClientError, isClientError } from './client-error.js';
import { redactError } from './redact.js';
import { withTimeLimit, type Transport } from './transport.js';

/** What verifies responses: `createMessageVerifier({ … })` of `@auth/core/signing`. */
export type ResponseVerifier = Pick<MessageVerifier, 'verify'>;

/** The request as it was sent. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

interface Verification {
  readonly verifier: ResponseVerifier;
  readonly sent: SentRequest;
  readonly transport: Transport;
  readonly signal: AbortSignal | undefined;
  /** What no error may show. */
  readonly secrets: readonly string[];
}

// Decision: a response is kept whole until it is verified; one that is longer is refused.
const maxBytes = 16 * 1024 * 1024;
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Reads and verifies a response, and answers one with the bytes that were verified.
 * @throws ClientError `response-invalid`, `network` or `aborted`; nothing of the response is handed out
 */
export async function verifyResponse(
  response: Response,
  { verifier, sent, transport, signal, secrets }: Verification,
): Promise<Response> {
  const { status, statusText, headers } = response;
  const content = await withTimeLimit(transport, signal, (limited) => readWhole(response, limited)).catch((error) => {
    if (isClientError(error)) throw error;
    throw new ClientError('network', 'the answer broke off', { cause: redactError(error, secrets) });
  });
  const message: OutgoingResponse = { status, headers: [...headers] as HeaderList, request: toMessage(sent) };
  const verdict = await verifier.verify(message, content);
  if (verdict.kind === 'failure') throw invalid(`is not signed as it must be (${verdict.reason})`);
  if (verdict.kind !== 'verified') throw invalid('was not verified');
  return new Response(withoutBody.has(status) ? null : content, { status, statusText, headers });
}

async function readWhole({ body }: Response, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const take = new WritableStream<Uint8Array>({
    write(chunk) {
      length += chunk.length;
      if (length > maxBytes) throw invalid(`is longer than ${maxBytes} bytes`);
      chunks.push(chunk);
    },
  });
  // What is not read to its end is let go.
  await body?.pipeTo(take, { signal });
  return concatBytes(chunks, length);
}

const invalid = (what: string): ClientError => new ClientError('response-invalid', `the answer ${what}`);

function toMessage({ method, url, headers }: SentRequest): NonNullable<OutgoingResponse['request']> {
  const getAll = (name: string): readonly string[] => [headers.get(name) ?? []].flat();
  return {
    method,
    url,
    target: `${url.pathname}${url.search}`,
    headers: { get: (name) => headers.get(name) ?? undefined, getAll, names: () => [...headers.keys()] },
  };
}
