import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import { isFailureError } from '../../errors/failure-error.js';
import { isMediaType } from '../../http/json-answer.js';

const methods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const formType = 'application/x-www-form-urlencoded';
const latin1 = new TextDecoder('latin1');

/** Whether a request may bring its token in a form (RFC 6750 §2.2): a method whose body means something, and exactly this type. */
export function mayBringForm({ method, headers }: AuthRequest): boolean {
  return methods.has(method) && isMediaType(headers.getAll('content-type'), formType);
}

/**
 * Reads every `access_token` of the form in the body.
 * @returns a failure for a body over the limit. Other reasons why it cannot be read are thrown, since no caller is to blame.
 */
export async function readFormTokens(request: AuthRequest): Promise<readonly string[] | Failure> {
  try {
    // One character a byte: what is no ASCII cannot be a token, and need not be refused where it is none.
    return new URLSearchParams(latin1.decode(await request.body())).getAll('access_token');
  } catch (error) {
    if (isFailureError(error) && error.failure.code === 'content-too-large') return error.failure;
    throw error;
  }
}
