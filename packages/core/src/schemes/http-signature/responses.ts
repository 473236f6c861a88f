import { systemClock } from '../../base/clock.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Clock } from '../../contracts/clock.js';
import type { Answer } from '../../contracts/decision.js';
import type { HeaderList } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Faults } from '../../errors/faults.js';
import { createMessageSigner, type MessageSigner, type MessageSignerOptions } from '../../message-signatures/sign.js';

/** How responses are signed to requests that were proved. */
export interface ResponseSignatureOptions extends Omit<MessageSignerOptions, 'clock' | 'random'> {
  /**
   * Default `@status`, `content-digest`, and of the request `@method;req`, `@target-uri;req` and `signature;req`: the answer to this request, and
   * to no other.
   */
  readonly components?: readonly string[];
}

/** Signs one response (RFC 9421 §2.4). */
export type SignResponse = (
  response: Answer,
  request: AuthRequest,
  context: { readonly clock: Clock },
) => Awaitable<HeaderList>;

const components = ['@status', 'content-digest', '@method;req', '@target-uri;req', 'signature;req'];

/** Reads `signResponses`; every fault has its path. */
export function readResponseSigner(
  options: ResponseSignatureOptions | undefined,
  faults: Faults,
): SignResponse | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null) {
    faults.add('signResponses', 'invalid-option', 'must be an object: { key }');
    return undefined;
  }
  const create = (clock: Clock): MessageSigner => createMessageSigner({ components, ...options, clock });
  // What is wrong shows at the start.
  let signer = faults.within('signResponses', () => create(systemClock));
  let clock: Clock | undefined;
  return ({ status, headers, body }, request, context) => {
    if (clock !== context.clock) signer = create((clock = context.clock));
    return signer!.sign({ status, headers, request }, body);
  };
}
