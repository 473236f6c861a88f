import { after } from '../../base/awaitable.js';
import type { JsonObject } from '../../base/strict-json.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Extracted, Limits, Scheme, Verified } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { accessTokenChallenge, publishing } from '../access-token/challenge.js';
import { extractAccessToken } from '../access-token/extract.js';
import { isTokenRevoked } from '../access-token/revocation.js';
import { isAccessTokenType, toPrincipal, validateClaims } from './claims.js';
import type { IssuerSettings } from './issuer-options.js';
import { decryptToken, parseEncryptedToken, type EncryptedToken } from './encrypted-token.js';
import { checkJwtOptions, type JwtOptions, type JwtSettings } from './options.js';
import { proveSignature } from './signature.js';
import { parseToken, type ParsedToken } from './token.js';

/** A token of the right form; whether it is good is not known. */
export type JwtCredentials = ParsedToken | EncryptedToken;

/** What `jwt()` answers. */
export type JwtScheme<Claims extends object = JsonObject> = Scheme<'jwt', Claims, JwtCredentials>;

/**
 * Makes a scheme that takes signed JWT access tokens as bearer tokens (RFC 6750, RFC 9068, RFC 8725).
 *
 * Checks, in this order: one `Authorization` field with one bearer token; a compact JWS in its one spelling; `typ` of an access
 * token; the issuer; no critical extension; an algorithm that the options list and the key fits; the claims; the signature.
 * With `revocation: 'check'` also: that the token was not revoked.
 * Does not check: what the token says beyond its claims; permissions are the guard's.
 * @throws ConfigurationError with every fault of the options.
 * @see RFC 9068 §4
 * @example jwt({ issuer: 'https://issuer.example', audience: 'https://api.example' })   // keys by discovery
 * @example jwt({ issuers: [{ issuer, jwksUri }, { issuer: other, jwks, map: { roles: 'groups' } }], audience: 'https://api.example' })
 */
export function jwt<Claims extends object = JsonObject>(options: JwtOptions<Claims>): JwtScheme<Claims> {
  const settings = checkJwtOptions(options);
  const typed = options.claims ?? ((claims: JsonObject) => claims as Claims);
  const { issuers } = settings;
  const { only, resolver } = issuers;
  const verifyToken = (
    credentials: JwtCredentials,
    _request: AuthRequest,
    context: Context,
  ): Awaitable<Verified<Claims>> => {
    const verify: Verify<Claims> = (token, issuer) =>
      after(proveToken(settings, issuer, token, context), (refused) => {
        if (refused !== undefined) return refused;
        const principal = toPrincipal(issuer, token.claims, typed(token.claims));
        return after(isTokenRevoked(issuer.revocation, principal, context), (revoked) =>
          revoked ? failure('revoked') : { kind: 'verified', principal },
        );
      });
    if ('encrypted' in credentials) return decryptAndVerify(settings, credentials, { verify, context });
    return after(findIssuer(settings, credentials, context), (issuer) => {
      if (issuer === undefined) return failure('bad-issuer');
      return isAccessTokenType(credentials.header.typ, issuer.profile)
        ? verify(credentials, issuer)
        : failure('bad-type');
    });
  };
  return Object.freeze({
    type: 'jwt',
    ...(only !== undefined && { issuer: only }),
    ...(resolver !== undefined && { takesRestOf: 'authorization' }),
    ...publishing(settings.accessToken),
    ...settings.accessToken.senderConstraint,
    extract: (request: AuthRequest, limits: Limits) => extract(settings, request, limits),
    verify: verifyToken,
    recheck: verifyToken,
    challenge: (realm: string, failed?: Failure, request?: AuthRequest) =>
      accessTokenChallenge(settings.accessToken, realm, { failure: failed, request }),
    ready: (context: Context) => issuers.ready(context),
    close: () => issuers.close(),
  } satisfies JwtScheme<Claims>);
}

/** A token is ours when it is a JWT of an access token's type whose issuer we name; all else may be another scheme's. */
function extract(settings: JwtSettings, request: AuthRequest, limits: Limits): Awaitable<Extracted<JwtCredentials>> {
  return after(extractAccessToken(request, limits, settings.accessToken), (bearer) => {
    if (bearer.kind !== 'bearer') return bearer;
    return judgeForm(settings, bearer.token, bearer.field ?? 'authorization');
  });
}

function judgeForm(settings: JwtSettings, text: string, field: string): Extracted<JwtCredentials> {
  const token = parseToken(text, settings.headers) ?? parseEncrypted(settings, text);
  if (token === undefined) return { kind: 'foreign', field, failure: failure('malformed-token') };
  const credentials = { kind: 'credentials', field, credentials: token, identifier: text } as const;
  if ('encrypted' in token) return credentials;
  const fault = findForeign(settings, token);
  if (fault === undefined) return credentials;
  // Whose it is, only the resolver knows; it is asked where no other scheme names the issuer.
  if (fault === 'bad-issuer' && settings.issuers.resolver !== undefined) return { ...credentials, rest: true };
  const foreign = { kind: 'foreign', field, failure: failure(fault) } as const;
  // A token of our issuer that is no access token is nobody else's to take.
  return fault === 'bad-type' && issuerOf(settings, token) !== undefined ? { ...foreign, claimed: true } : foreign;
}

/** Whose an encrypted token is, nobody knows before it is decrypted: whoever has keys for such takes it. */
const parseEncrypted = ({ decryptionKeys }: JwtSettings, text: string): EncryptedToken | undefined =>
  decryptionKeys.length === 0 ? undefined : parseEncryptedToken(text);

function findForeign(settings: JwtSettings, token: ParsedToken): 'bad-type' | 'bad-issuer' | undefined {
  const issuer = issuerOf(settings, token);
  if (!isAccessTokenType(token.header.typ, (issuer ?? settings).profile)) return 'bad-type';
  return issuer === undefined ? 'bad-issuer' : undefined;
}

/** What is inside must be all that a token outside must be. */
async function decryptAndVerify<Claims extends object>(
  settings: JwtSettings,
  encrypted: EncryptedToken,
  { verify, context }: { readonly verify: Verify<Claims>; readonly context: Context },
): Promise<Verified<Claims>> {
  const token = await decryptToken(encrypted, settings.decryptionKeys, settings.headers);
  if ('kind' in token) return token;
  const issuer = await findIssuer(settings, token, context);
  if (!isAccessTokenType(token.header.typ, (issuer ?? settings).profile)) return failure('bad-type');
  return issuer === undefined ? failure('bad-issuer') : verify(token, issuer);
}

type Verify<Claims extends object> = (token: ParsedToken, issuer: IssuerSettings) => Awaitable<Verified<Claims>>;

const issuerOf = ({ issuers }: JwtSettings, { claims }: ParsedToken): IssuerSettings | undefined =>
  issuers.find(claims['iss']);

/** Of the options, or of the resolver, who is asked for no other. */
const findIssuer = (
  settings: JwtSettings,
  token: ParsedToken,
  context: Context,
): Awaitable<IssuerSettings | undefined> =>
  issuerOf(settings, token) ?? settings.issuers.resolver?.find(token.claims['iss'], context);

/** The claims before the signature. */
function proveToken(
  { signatures }: JwtSettings,
  issuer: IssuerSettings,
  token: ParsedToken,
  context: Context,
): Awaitable<Failure | undefined> {
  const validate = (): Failure | undefined =>
    validateClaims(token.claims, token.header.typ, issuer, context.clock.now());
  return proveSignature({ ...issuer, signatures }, token, context, validate);
}
