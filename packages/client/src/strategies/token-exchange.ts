import { Faults } from '@auth/core/signing';

import { readToken } from '../read-token.js';
import type { Strategy } from '../strategy.js';
import { checkToken, digestOf, toSupplier, type TokenSupplier } from '../token-supplier.js';
import type { Grant } from './grant.js';
import { checkTexts } from './option-checks.js';
import { checkTokenOptions, tokenOptions, type TokenOptions } from './token-options.js';
import { createTokenStrategy } from './token-strategy.js';

/** Options of `tokenExchange()`. */
export interface TokenExchangeOptions extends TokenOptions {
  /** Who the access token is for: a token, or who gives it. */
  readonly subjectToken: string | TokenSupplier;
  /** Default `urn:ietf:params:oauth:token-type:access_token` (RFC 8693 §3). */
  readonly subjectTokenType?: string;
  /** Who acts for the subject. */
  readonly actorToken?: string | TokenSupplier;
  readonly actorTokenType?: string;
  /** What is wanted; default: what the issuer gives. */
  readonly requestedTokenType?: string;
}

const own = ['subjectToken', 'subjectTokenType', 'actorToken', 'actorTokenType', 'requestedTokenType'] as const;
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Gets access tokens for another token: of a caller, of the platform (RFC 8693 §2.1).
 * @throws ConfigurationError for wrong options
 * @example tokenExchange({ issuer: 'https://as.example', clientId: 'gateway', clientSecret, subjectToken: callersToken })
 */
export function tokenExchange(options: TokenExchangeOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, [...tokenOptions, ...own]);
  const settings = checkTokenOptions(options, faults);
  const { subjectToken, subjectTokenType = accessToken, actorToken, actorTokenType, requestedTokenType } = options;
  checkToken('subjectToken', subjectToken, faults);
  if (actorToken !== undefined) checkToken('actorToken', actorToken, faults);
  const types = { subjectTokenType, actorTokenType, requestedTokenType };
  for (const [name, type] of Object.entries(types)) if (type !== undefined) checkTexts({ [name]: type }, faults);
  if ((actorToken === undefined) !== (actorTokenType === undefined))
    faults.add('actorTokenType', 'invalid-option', 'must stand beside actorToken, and nowhere else (RFC 8693 §2.1)');
  faults.throwIfAny();
  const subject = toSupplier(subjectToken);
  const actor = actorToken === undefined ? undefined : toSupplier(actorToken);
  return createTokenStrategy(settings, () => createGrant({ subject, actor, types }));
}

interface Exchange {
  readonly subject: TokenSupplier;
  readonly actor: TokenSupplier | undefined;
  readonly types: {
    readonly subjectTokenType: string;
    readonly actorTokenType: string | undefined;
    readonly requestedTokenType: string | undefined;
  };
}

function createGrant({ subject, actor, types }: Exchange): Grant {
  const { subjectTokenType, actorTokenType, requestedTokenType } = types;
  return {
    type: 'tokenExchange',
    identify: async () => JSON.stringify([await identify(subject), actor && (await identify(actor)), types]),
    async open(_last, signal) {
      const token = await readToken(subject, signal);
      const form = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        subject_token_type: subjectTokenType,
      });
      const acting = actor && (await readToken(actor, signal));
      if (acting !== undefined) form.set('actor_token', acting);
      if (actorTokenType !== undefined) form.set('actor_token_type', actorTokenType);
      if (requestedTokenType !== undefined) form.set('requested_token_type', requestedTokenType);
      return { form, secrets: acting === undefined ? [token] : [token, acting] };
    },
  };
}

/** Whose token it is: the name of a supplier, else a digest of the token itself. */
export async function identify(supplier: TokenSupplier): Promise<readonly [name: string, digest: string]> {
  const { name } = supplier;
  return name === '' ? ['', await digestOf(await supplier.read())] : [name, ''];
}
