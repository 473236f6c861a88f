import { all } from '../../../../base/awaitable.js';
import { toUtf8 } from '../../../../base/bytes.js';
import { constantTimeEqual } from '../../../../base/constant-time.js';
import { systemRandom } from '../../../../base/random.js';
import type { Awaitable } from '../../../../contracts/awaitable.js';
import type { Failure } from '../../../../contracts/failure.js';
import type { NoClaims } from '../../../../contracts/principal.js';
import type { AuthRequest } from '../../../../contracts/request.js';
import type { Context, Extracted, Limits, Verified } from '../../../../contracts/scheme.js';
import { failure } from '../../../../errors/failures.js';
import { parseAuthorization } from '../../../../http/authorization.js';
import { signatureChallenge } from '../../challenge.js';
import { isLive, type LiveKey } from '../../keys.js';
import type { HmacProfile } from '../../profile.js';
import { keyRevoked, replayed, signatureMismatch, unknownKey } from '../../refusals.js';
import { canonicalRequest } from './canonical-request.js';
import { hasPresignature, parsePresigned, parseSigV4Authorization, type SigV4Credentials } from './credentials.js';
import { checkCoverage, hostOf } from './coverage.js';
import { checkSigV4Options, type SigV4Options, type SigV4Settings } from './options.js';
import { findPayload } from './payload.js';
import { SigningKeys, scopeOf, stringToSign } from './signing-key.js';
import { findSigningTime, type SigningTime } from './signing-time.js';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Verifies AWS Signature Version 4, in `Authorization` and, where the options allow it, in the query.
 *
 * Checks: one signature; its form; scope of this region and service; the time; that the host and every `X-Amz-…` field is signed; a
 * live key; the signature, in constant time; the bytes of the body. A request by an unsafe method is good once.
 * Does not check: other fields, which a client may leave unsigned; a session token. Bodies in signed chunks (`STREAMING-…`) are refused.
 */
export function createSigV4Profile(options: SigV4Options): HmacProfile<SigV4Credentials> {
  const settings = checkSigV4Options(options);
  // Stands for a key that is not there, so that a refusal takes as long.
  const decoy: LiveKey<SigningKeys> = {
    material: new SigningKeys(systemRandom(32), settings.where),
    keyid: undefined,
    revoked: true,
    notAfter: undefined,
    principal: { issuer: null, subject: '', scopes: new Set(), roles: new Set(), claims: {} },
  };
  return {
    challenge: (realm) => signatureChallenge(settings.realm ?? realm),
    extract: (request, limits) => extractCredentials(settings, request, limits),
    async verify(credentials, request, context) {
      const found = settings.keys.get(credentials.keyid);
      const verified = await verifySignature({ settings, credentials, request, context, keys: found ?? [decoy] });
      return found === undefined && verified === signatureMismatch ? unknownKey : verified;
    },
  };
}

function extractCredentials(
  { allowPresigned }: SigV4Settings,
  request: AuthRequest,
  { maxCredentialBytes }: Limits,
): Extracted<SigV4Credentials> {
  const authorization = parseAuthorization(request);
  if (authorization.kind === 'failure') return authorization;
  const inQuery = hasPresignature(request.target);
  const inField = authorization.kind === 'authorization' && authorization.authScheme === 'aws4-hmac-sha256';
  if (inField && inQuery) return failure('duplicate-credentials');
  if (inQuery && !allowPresigned) return { kind: 'foreign', field: 'query', failure: failure('credential-in-query') };
  if (inQuery) return toExtracted('query', parsePresigned(request.target));
  if (authorization.kind === 'absent') return { kind: 'absent' };
  if (!inField) return { kind: 'foreign', field: 'authorization', failure: failure('unsupported-scheme') };
  if (authorization.rest.length > maxCredentialBytes) return failure('credential-too-large');
  return toExtracted('authorization', parseSigV4Authorization(authorization.rest));
}

function toExtracted(field: string, credentials: SigV4Credentials | Failure): Extracted<SigV4Credentials> {
  if ('kind' in credentials) return credentials;
  return { kind: 'credentials', field, credentials, identifier: credentials.keyid };
}

interface Attempt {
  readonly settings: SigV4Settings;
  readonly credentials: SigV4Credentials;
  readonly request: AuthRequest;
  readonly context: Context;
  readonly keys: readonly LiveKey<SigningKeys>[];
}

/** What costs nothing is judged first; the body is read once time, scope and coverage are right. */
async function verifySignature(attempt: Attempt): Promise<Verified<NoClaims>> {
  const { settings, credentials, request, context } = attempt;
  const time = findSigningTime(credentials, request, { now: context.clock.now(), ...settings });
  if ('kind' in time) return time;
  const { scope, signedHeaders } = credentials;
  const day = time.amzDate.slice(0, 8);
  if (scope.join('/') !== scopeOf(day, settings.where)) return failure('scope-mismatch');
  const uncovered = checkCoverage(credentials, request);
  if (uncovered !== undefined) return uncovered;
  const payload = await findPayload(settings, credentials, request);
  if (typeof payload === 'object') return payload;
  const message = {
    method: request.method,
    target: request.target,
    linesOf: (name: string) => (name === 'host' ? [hostOf(request)] : request.headers.getAll(name)),
  };
  const canonical = canonicalRequest(message, { signedHeaders, payload, pathStyle: settings.pathStyle });
  const signed = stringToSign(time.amzDate, scope.join('/'), canonical);
  const key = await findSigner(attempt, day, signed);
  if (key === undefined) return signatureMismatch;
  if (!isLive(key, context)) return keyRevoked;
  if (!(await isNew(attempt, signed, time))) return replayed;
  return { kind: 'verified', principal: key.principal };
}

/** Every secret of this name is tried to its end. A live one goes before another. */
async function findSigner(
  { keys, credentials, context }: Attempt,
  day: string,
  signed: string,
): Promise<LiveKey<SigningKeys> | undefined> {
  const signature = toUtf8(credentials.signature);
  const signatures = await all(keys.map(({ material }) => material.sign(day, signed)));
  const fitting = keys.filter((_, index) => constantTimeEqual(toUtf8(signatures[index]!), signature));
  return fitting.find((key) => isLive(key, context)) ?? fitting[0];
}

/**
 * Decision: nothing in SigV4 is good once, so what is signed is, where the method is unsafe (RFC 9110 §9.2.1): whoever repeats a
 * request on purpose signs it again.
 */
function isNew({ credentials, request, context }: Attempt, id: string, { until }: SigningTime): Awaitable<boolean> {
  if (safeMethods.has(request.method)) return true;
  return context.useOnce({ kind: 'aws-sigv4', owner: credentials.keyid, id, until });
}
