import type { Credentials } from '../credentials/credentials.js';
import { goodAnyway, hostileAnyway } from './any-method.js';
import { goodKeys, hostileKeys } from './api-keys.js';
import { goodPasswords, hostilePasswords } from './basic.js';
import { goodAsked, hostileAsked } from './asked.js';
import { goodBound, hostileBound } from './bound.js';
import { forgedTokens, goodTokens, misusedTokens } from './jwt.js';
import { toRequest, type Line, type RequestGroup } from './request.js';
import { goodSigned, hostileSigned } from './signed.js';

type MakeLines = (made: Credentials) => readonly Line[];

const groups: readonly { readonly title: string; readonly about: string; readonly lines: readonly MakeLines[] }[] = [
  {
    title: 'Access tokens',
    about: 'JWTs of our own issuer, whose keys rotate, as Authorization: Bearer',
    lines: [goodTokens, forgedTokens, misusedTokens],
  },
  {
    title: 'Asked of the issuer',
    about: 'What tokens are worth (introspection), and how people signed in (step-up)',
    lines: [goodAsked, hostileAsked],
  },
  {
    title: 'API keys',
    about: 'Long random texts with a checksum, as X-API-Key',
    lines: [goodKeys, hostileKeys],
  },
  {
    title: 'Passwords',
    about: 'User name and password, as Authorization: Basic',
    lines: [goodPasswords, hostilePasswords],
  },
  {
    title: 'Bound to a key',
    about: 'DPoP proofs, and client certificates over TLS',
    lines: [goodBound, hostileBound],
  },
  {
    title: 'Signed requests',
    about: 'HTTP Message Signatures, webhooks, AWS Signature Version 4',
    lines: [goodSigned, hostileSigned],
  },
  {
    title: 'Whatever the method',
    about: 'What surrounds the credentials',
    lines: [goodAnyway, hostileAnyway],
  },
];

/** Every request of the demo, by method, the good ones first. */
export function createRequestGroups(made: Credentials): readonly RequestGroup[] {
  return groups.map(({ title, about, lines }) => ({
    title,
    about,
    requests: lines.flatMap((make) => make(made)).map(toRequest),
  }));
}

/** Names of the requests to go on with by hand: some get in, some do not. */
export const byHand: readonly string[] = [
  'good token, to write',
  'good API key',
  'right password',
  'alg none, without a signature',
  'bad token beside a good API key',
  'good token, on the forgotten route',
];
