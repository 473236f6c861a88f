import { isOneShot, type BodyContent } from '../body.js';
import { ClientError } from '../client-error.js';

/**
 * The exact bytes of a body, as they will be sent, and the content type that the platform would write.
 * @throws ClientError `body-not-signable` for a stream: it is never sent unsigned, and never kept whole without a word
 */
export async function readSignable(
  content: BodyContent | null,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string | null }> {
  if (isOneShot(content))
    throw new ClientError(
      'body-not-signable',
      'a stream cannot be signed before it is sent: give text, bytes or a form',
    );
  // The platform's own encoding of text, forms and files.
  const encoded = new Response(content);
  return { bytes: new Uint8Array(await encoded.arrayBuffer()), contentType: encoded.headers.get('content-type') };
}
