import type { ConfirmationMode } from '../../contracts/scheme.js';
import type { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import type { AccessTokenParameter } from './bearer.js';
import {
  checkResourceMetadata,
  type GuardedResource,
  type PublishedMetadata,
  type ResourceMetadataOptions,
} from './resource-metadata.js';
import {
  checkSenderConstraint,
  senderConstraintMembers,
  type SenderConstraint,
  type SenderConstraintOptions,
} from './sender-constraint.js';

/** What every scheme takes that reads an access token of OAuth 2.0, whatever form the token has. */
export interface AccessTokenOptions extends SenderConstraintOptions {
  /** Default `refuse`. */
  readonly accessTokenParameter?: AccessTokenParameter;
  /**
   * Also takes the token from `access_token` of a form in the body of POST, PUT and PATCH (RFC 6750 §2.2): for callers who cannot
   * set a header field. The body of every such request is read before anybody is proved. Default false.
   */
  readonly tokenInBody?: boolean;
  /**
   * Publishes what this API is and who issues tokens for it (RFC 9728), at `auth.handlers`, and names it in challenges. True takes
   * all from the other options. Default false.
   */
  readonly resourceMetadata?: boolean | ResourceMetadataOptions;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** `AccessTokenOptions`, checked and filled in. */
export interface AccessTokenSettings {
  readonly accessTokenParameter: AccessTokenParameter;
  readonly tokenInBody: boolean;
  /** Unset where nothing is published. */
  readonly resourceMetadata: PublishedMetadata | undefined;
  readonly realm: string | undefined;
  readonly dpop: ConfirmationMode;
  /** For the scheme to state as it stands. */
  readonly senderConstraint: SenderConstraint;
}

export const accessTokenMembers = [
  'accessTokenParameter', 'tokenInBody', 'resourceMetadata', 'realm', ...senderConstraintMembers,
] as const satisfies readonly (keyof AccessTokenOptions)[]; // prettier-ignore

/** The tolerance is checked by whoever has it for tokens; proofs take it over. */
type CheckedOptions = AccessTokenOptions & { readonly clockToleranceSeconds?: number };

const nothing: GuardedResource = { audience: [], issuers: [], allowInsecureHttp: false };

/** Adds every fault to `faults`. */
export function checkAccessTokenOptions(
  options: CheckedOptions,
  faults: Faults,
  guarded: GuardedResource = nothing,
): AccessTokenSettings {
  const {
    accessTokenParameter = 'refuse',
    tokenInBody = false,
    realm,
    dpop = 'off',
    clockToleranceSeconds = 5,
  } = options;
  if (accessTokenParameter !== 'refuse' && accessTokenParameter !== 'ignore')
    faults.add('accessTokenParameter', 'invalid-option', 'must be "refuse" or "ignore"');
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  if (typeof tokenInBody !== 'boolean') faults.add('tokenInBody', 'invalid-option', 'must be true or false');
  return {
    accessTokenParameter,
    tokenInBody,
    resourceMetadata: checkResourceMetadata(options.resourceMetadata, { ...guarded, tokenInBody, dpop }, faults),
    realm,
    dpop,
    senderConstraint: checkSenderConstraint(options, clockToleranceSeconds, faults),
  };
}
