import { ClientError } from './client-error.js';
import { redactError } from './redact.js';
import type { TokenSupplier } from './token-supplier.js';

/** @throws ClientError `token-source` where the supplier gives none */
export async function readToken(supplier: TokenSupplier, signal: AbortSignal): Promise<string> {
  let token: unknown;
  try {
    token = await supplier.read(signal);
  } catch (error) {
    const cause = redactError(error, []);
    throw new ClientError('token-source', `the token of ${supplier.name} cannot be had: ${cause.message}`, { cause });
  }
  // Whatever it is, it goes into a form: nothing in it can split anything. It must be there, though.
  if (typeof token === 'string' && token !== '') return token;
  throw new ClientError('token-source', `${supplier.name} gave no token`);
}
