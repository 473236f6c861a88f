import { Faults, Secret } from '@auth/core/signing';

import { discard, readJsonObject } from '../bounded-read.js';
import { redactError } from '../redact.js';
import { isSecureUrl } from '../secure-url.js';
import { checkTexts } from '../strategies/option-checks.js';
import type { TokenSupplier } from '../token-supplier.js';
import type { Fetch } from '../transport.js';

/** Options of `githubActionsToken()`. */
export interface GithubActionsOptions {
  /** Whom the token is for: the issuer that takes it. */
  readonly audience: string;
  /** `ACTIONS_ID_TOKEN_REQUEST_URL` of the job, which has it with `permissions: id-token: write`. */
  readonly requestUrl: string | undefined;
  /** `ACTIONS_ID_TOKEN_REQUEST_TOKEN` of the job. */
  readonly requestToken: string | undefined;
  /** What sends the request; default the platform's `fetch`. */
  readonly fetch?: Fetch;
}

/** Seconds that GitHub may take. */
const timeoutSeconds = 30;

/**
 * Gives a token that says which workflow of GitHub Actions this is.
 * @throws ConfigurationError where the job has no permission for it
 * @example githubActionsToken({ audience, requestUrl: process.env.ACTIONS_ID_TOKEN_REQUEST_URL, requestToken: … })
 */
export function githubActionsToken(options: GithubActionsOptions): TokenSupplier {
  const { audience, requestUrl, requestToken, fetch = globalThis.fetch } = options;
  const faults = new Faults();
  faults.addUnknown(options, ['audience', 'requestUrl', 'requestToken', 'fetch']);
  checkTexts({ audience, requestToken }, faults);
  const url = requestUrl !== undefined && URL.canParse(requestUrl) ? new URL(requestUrl) : undefined;
  if (url === undefined || !isSecureUrl(url, false))
    faults.add('requestUrl', 'insecure-url', 'must be https; the job has it with permissions: id-token: write');
  faults.throwIfAny();
  url!.searchParams.set('audience', audience);
  const secret = new Secret(requestToken!);
  return Object.freeze({
    name: `github-actions:${audience}`,
    read: (signal?: AbortSignal) => ask(fetch, url!, { secret, signal }),
  });
}

async function ask(
  fetch: Fetch,
  url: URL,
  { secret, signal }: { readonly secret: Secret<string>; readonly signal: AbortSignal | undefined },
): Promise<string> {
  const late = AbortSignal.timeout(timeoutSeconds * 1000);
  const init: RequestInit = {
    headers: { accept: 'application/json', authorization: `Bearer ${secret.reveal()}` },
    redirect: 'manual',
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
  };
  try {
    const response = await fetch(url.href, init);
    if (response.status !== 200) {
      await discard(response);
      throw new Error(`GitHub answered ${response.status}`);
    }
    const token = (await readJsonObject(response))?.['value'];
    if (typeof token !== 'string') throw new Error('the answer of GitHub has no token');
    return token;
  } catch (error) {
    throw redactError(error, [secret.reveal()]);
  }
}
