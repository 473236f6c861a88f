import type { Credentials } from '../credentials/credentials.js';
import { bearer, rfc, type Line } from './request.js';

export const goodAsked = ({ tokens }: Credentials): readonly Line[] => [
  {
    name: 'token that the issuer vouches for',
    route: 'GET /archive',
    headers: bearer(tokens.readOnly),
    outcome: '200',
    reason: 'ok',
    what: 'A token that this route does not read, as if it were opaque: it asks the issuer what it is worth (introspection).',
    why: 'The issuer answered that it is active, for this API, with the scope orders:read. The answer is kept for 30 seconds.',
    see: [rfc(7662, '2.2')],
  },
  {
    name: 'token of a strong sign-in',
    route: 'POST /payouts',
    headers: bearer(tokens.strongSignIn),
    outcome: '201',
    reason: 'ok',
    what: 'A token that tells how its user signed in (acr): with a second factor.',
    why: 'The route asks for a sign-in of this kind.',
    look: 'acr',
    see: [rfc(9470, '3')],
  },
];

export const hostileAsked = ({ tokens }: Credentials): readonly Line[] => [
  {
    name: 'token that the issuer disowns',
    route: 'GET /archive',
    headers: bearer(tokens.revoked),
    outcome: '401 invalid-token',
    reason: 'inactive',
    what: 'A token that its owner gave back: its signature is still good, its time is not over.',
    why: 'The issuer answered that it is not active, and no more than that.',
    see: [rfc(7662, '2.2'), rfc(7009, '2')],
  },
  {
    name: 'token, and an issuer that is down',
    route: 'GET /ledger',
    headers: bearer(tokens.readOnly),
    outcome: '503 dependency-unavailable',
    reason: 'introspection-unavailable',
    what: 'A good token on a route whose tokens are asked about at a server that does not answer. Does it let everybody in?',
    why: 'What cannot be checked is not let in. It is not the caller’s fault either: the answer is 503, and says when to come again.',
    look: 'Retry-After',
    see: [rfc(9110, '15.6.4')],
  },
  {
    name: 'token of a weak sign-in',
    route: 'POST /payouts',
    headers: bearer(tokens.weakSignIn),
    outcome: '401 step-up-required',
    reason: 'acr-insufficient',
    what: 'A good token of somebody who signed in with a password alone, used to move money.',
    why: 'The route asks for a second factor. The challenge names it (acr_values), so that the client can send its user to sign in again.',
    look: 'WWW-Authenticate',
    see: [rfc(9470, '3')],
  },
];
