import { parseChallenges } from '@auth/core/signing';

import { ClientError } from './client-error.js';
import { redact } from './redact.js';
import type { Answer, AnswerHeaders } from './strategy.js';

/** The head of an answer, whoever got it. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Where `fetch` got it. */
  readonly response?: Response;
}

/** What a strategy sees of an answer. A field that is malformed, or too large, has no challenge at all. */
export function readAnswer({ status, headers }: AnswerHead, repeated: boolean): Answer {
  const field = status === 401 || status === 403 ? headers.get('www-authenticate') : null;
  return { status, headers, repeated, challenges: (field !== null && parseChallenges(field)) || [] };
}

/** The parameters of the first challenge for tokens with this error (RFC 6750 §3.1, RFC 9449 §7.1). */
function findTokenError({ challenges }: Answer, error: string): ReadonlyMap<string, string> | undefined {
  return challenges.find(({ authScheme, parameters }) => isForTokens(authScheme) && parameters.get('error') === error)
    ?.parameters;
}

/** Whether the API says that a token is no longer good. A bare 401 counts; one with another error says something else. */
export function refusesToken({ status, challenges }: Answer): boolean {
  if (status !== 401) return false;
  const errors = challenges
    .filter(({ authScheme }) => isForTokens(authScheme))
    .map((each) => each.parameters.get('error'));
  // Decision: many an API answers an expired token without `error`, or without any challenge.
  return errors.includes('invalid_token') || errors.every((error) => error === undefined);
}

/** Whether the API wants a nonce in the proof (RFC 9449 §9). */
export function wantsNonce(answer: Answer): boolean {
  return answer.status === 401 && findTokenError(answer, 'use_dpop_nonce') !== undefined;
}

/** Whether the API refuses the proof itself (RFC 9449 §7.1). */
export function refusesProof(answer: Answer): boolean {
  return answer.status === 401 && findTokenError(answer, 'invalid_dpop_proof') !== undefined;
}

/** Scopes that a 403 asks for (RFC 6750 §3.1): those for the whole request, as far as the API names them. */
export function findNeededScopes(answer: Answer, secrets: readonly string[]): readonly string[] | undefined {
  const parameters = answer.status === 403 ? findTokenError(answer, 'insufficient_scope') : undefined;
  return parameters && readWords(parameters.get('scope'), secrets);
}

/** The error for an API that wants a stronger or fresher sign-in (RFC 9470 §3): no new token of ours would do. */
export function findStepUp(
  answer: Answer,
  { response }: AnswerHead,
  secrets: readonly string[],
): ClientError | undefined {
  const parameters = answer.status === 401 ? findTokenError(answer, 'insufficient_user_authentication') : undefined;
  if (parameters === undefined) return undefined;
  const maxAge = parameters.get('max_age') ?? '';
  return new ClientError('step-up-required', 'the API asks for a stronger or fresher authentication', {
    ...(response !== undefined && { response }),
    acrValues: readWords(parameters.get('acr_values'), secrets),
    ...(/^\d{1,9}$/.test(maxAge) && { maxAgeSeconds: Number(maxAge) }),
  });
}

const isForTokens = (authScheme: string): boolean => authScheme === 'bearer' || authScheme === 'dpop';

/** What a server wrote goes to logs: it may have put our token there. */
function readWords(text: string | undefined, secrets: readonly string[]): readonly string[] {
  return (text ?? '')
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => redact(word, secrets));
}
