import type { Deed, EndpointContext, EndpointHost, Served } from '../contracts/endpoint.js';
import type { HeaderList } from '../contracts/failure.js';
import type { Handler } from '../contracts/handler.js';
import type { AuthRequest } from '../contracts/request.js';
import { isFailureError } from '../errors/failure-error.js';
import { answerJson, answerMethodNotAllowed } from '../http/json-answer.js';
import { answerRefusal, OAuthRefusal } from './refusal.js';

/** What an endpoint of the issuer does for one request. */
export type Work = (request: AuthRequest, context: EndpointContext) => Promise<Served>;

/** Makes a handler of an endpoint: other methods are refused, and refusals become errors of OAuth 2.0. */
export function endpoint(auth: EndpointHost, methods: readonly string[], work: Work): Handler {
  return (request) =>
    auth.forAdapters.serve(request, null, async (context) => {
      if (!methods.includes(request.method)) {
        const deed: Deed = { outcome: 'refuse', reason: 'method-not-allowed' };
        return { kind: 'served', answer: answerMethodNotAllowed(methods), deed };
      }
      try {
        return await work(request, context);
      } catch (error) {
        // Nobody's error: the answer says when to come again.
        if (isFailureError(error) && error.failure.code === 'rate-limited') return error.failure;
        if (!(error instanceof OAuthRefusal)) throw error;
        if (error.details.alert !== undefined) context.alert(error.details.alert);
        return answerRefusal(error);
      }
    });
}

/** An answer in JSON and its event. */
export function done(
  json: object,
  deed: Omit<Deed, 'outcome'> & { readonly outcome?: Deed['outcome'] },
  headers: HeaderList = [],
): Served {
  const answer = answerJson(200, json);
  return {
    kind: 'served',
    answer: { ...answer, headers: [...answer.headers, ...headers] },
    deed: { outcome: 'allow', ...deed },
  };
}
