import { after, all } from '../../base/awaitable.js';
import type { JsonObject } from '../../base/strict-json.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Extracted, Limits, Scheme, Verified } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { extractBearer } from '../access-token/bearer.js';
import { accessTokenChallenge } from '../access-token/challenge.js';
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
  const issuers = [...settings.issuers.values()];
  const [only] = issuers;
  return Object.freeze({
    type: 'jwt',
    ...(issuers.length === 1 && { issuer: only!.issuer }),
    ...settings.accessToken.senderConstraint,
    extract: (request: AuthRequest, limits: Limits) => extract(settings, request, limits),
    verify(credentials: JwtCredentials, _request: AuthRequest, context: Context): Awaitable<Verified<Claims>> {
      const verify = (token: ParsedToken, issuer: IssuerSettings): Awaitable<Verified<Claims>> =>
        after(
          proveToken(issuer, token, context),
          (refused) =>
            refused ?? { kind: 'verified', principal: toPrincipal(issuer, token.claims, typed(token.claims)) },
        );
      if ('encrypted' in credentials) return decryptAndVerify(settings, credentials, verify);
      const issuer = issuerOf(settings, credentials);
      return issuer === undefined ? failure('bad-issuer') : verify(credentials, issuer);
    },
    challenge: (realm: string, failed?: Failure, request?: AuthRequest) =>
      accessTokenChallenge(settings.accessToken, realm, { failure: failed, request }),
    ready: (context: Context) => after(all(issuers.map(({ keys }) => keys.ready?.(context))), () => undefined),
    close: () => after(all(issuers.map(({ keys }) => keys.close?.())), () => undefined),
  } satisfies JwtScheme<Claims>);
}

/** A token is ours when it is a JWT of an access token's type whose issuer we name; all else may be another scheme's. */
function extract(settings: JwtSettings, request: AuthRequest, limits: Limits): Extracted<JwtCredentials> {
  const bearer = extractBearer(request, limits, settings.accessToken);
  if (bearer.kind !== 'bearer') return bearer;
  const token = parseToken(bearer.token, settings.headers);
  if (token === undefined) return extractEncrypted(settings, bearer.token);
  const fault = findForeign(settings, token);
  if (fault !== undefined) return foreign(fault);
  return { kind: 'credentials', field: 'authorization', credentials: token, identifier: bearer.token };
}

/** Whose an encrypted token is, nobody knows before it is decrypted: whoever has keys for such takes it. */
function extractEncrypted({ decryptionKeys }: JwtSettings, text: string): Extracted<EncryptedToken> {
  const token = decryptionKeys.length === 0 ? undefined : parseEncryptedToken(text);
  if (token === undefined) return foreign('malformed-token');
  return { kind: 'credentials', field: 'authorization', credentials: token, identifier: text };
}

function findForeign(settings: JwtSettings, token: ParsedToken): 'bad-type' | 'bad-issuer' | undefined {
  const issuer = issuerOf(settings, token);
  if (!isAccessTokenType(token.header.typ, (issuer ?? settings).profile)) return 'bad-type';
  return issuer === undefined ? 'bad-issuer' : undefined;
}

/** What is inside must be all that a token outside must be. */
async function decryptAndVerify<Claims extends object>(
  settings: JwtSettings,
  encrypted: EncryptedToken,
  verify: (token: ParsedToken, issuer: IssuerSettings) => Awaitable<Verified<Claims>>,
): Promise<Verified<Claims>> {
  const token = await decryptToken(encrypted, settings.decryptionKeys, settings.headers);
  if ('kind' in token) return token;
  const fault = findForeign(settings, token);
  return fault === undefined ? verify(token, issuerOf(settings, token)!) : failure(fault);
}

/** By the exact `iss`, before any key is looked for: of an issuer that is not named, nothing is fetched. */
const issuerOf = ({ issuers }: JwtSettings, { claims }: ParsedToken): IssuerSettings | undefined =>
  issuers.get(claims['iss'] as string);

/** Last: of a token that is not good nobody asks. */
function findRevocation(
  { issuer, revocation }: IssuerSettings,
  { claims }: ParsedToken,
  context: Context,
): Awaitable<Failure | undefined> {
  if (revocation === 'off') return undefined;
  const { jti, sid, sub, client_id: clientId, iat } = claims;
  const token = { issuer, tokenId: jti, session: sid, subject: sub, clientId, issuedAt: iat };
  return after(context.isRevoked(token), (revoked) => (revoked ? failure('revoked') : undefined));
}

const foreign = (reason: 'malformed-token' | 'bad-type' | 'bad-issuer'): Extracted<never> => ({
  kind: 'foreign',
  field: 'authorization',
  failure: failure(reason),
});

/** The claims before the signature. */
function proveToken(settings: IssuerSettings, token: ParsedToken, context: Context): Awaitable<Failure | undefined> {
  const proved = proveSignature(settings, token, context, () =>
    validateClaims(token.claims, token.header.typ, settings, context.clock.now()),
  );
  return after(proved, (refused) => refused ?? findRevocation(settings, token, context));
}
