import type { Credentials } from '../credentials/credentials.js';
import { passwords } from '../credentials/users.js';
import { basic, cve, rfc, type Line } from './request.js';

const refused = { route: 'GET /orders', outcome: '401 invalid-credentials' } as const;

export const goodPasswords = ({ callers }: Credentials): readonly Line[] => [
  {
    name: 'right password',
    route: 'GET /orders',
    caller: callers.ada,
    outcome: '200',
    reason: 'ok',
    what: 'User name and password of ada, in base64 as RFC 7617 has it.',
    why: 'The password fits the stored scrypt hash, and ada has the role clerk. Computing the hash is what takes the time.',
    see: [rfc(7617, '2')],
  },
  {
    name: 'name and password beyond ASCII',
    route: 'GET /orders',
    caller: callers.björn,
    outcome: '200',
    reason: 'ok',
    what: 'A name and a password with ö, in UTF-8, as the challenge of the server asks for.',
    why: 'Both are compared in one composed form, so that two keyboards of one person agree.',
    see: [rfc(7617, '2.1'), rfc(8265, '4.2')],
  },
];

export const hostilePasswords = (_made: Credentials): readonly Line[] => [
  {
    ...refused,
    name: 'wrong password',
    headers: basic('ada:correct horse'),
    reason: 'wrong-password',
    what: 'A guess at the password of ada.',
    why: 'The hash of the guess is not the stored one. They are compared in the same time wherever they differ.',
    see: [rfc(7617, '4')],
  },
  {
    ...refused,
    name: 'unknown user',
    headers: basic('mallory:correct horse'),
    reason: 'unknown-user',
    what: 'A name that nobody has: attackers try names first, and look for a quicker answer or another text.',
    why: 'Nobody is called so. A hash was computed all the same: answer and time are those of a wrong password. Compare the two rows.',
    see: [cve('2016-6210')],
  },
  {
    ...refused,
    name: 'user who is switched off',
    headers: basic(`eve:${passwords.eve}`),
    reason: 'subject-disabled',
    what: 'The right password of somebody who no longer works here.',
    why: 'The password fits, and the user is disabled. Only the audit event tells.',
    see: [],
  },
  {
    ...refused,
    name: 'right password, without the role',
    headers: basic(`ian:${passwords.ian}`),
    outcome: '403 permission-denied',
    reason: 'role-missing',
    what: 'The right password of an intern, on a route for clerks.',
    why: 'The caller is known, and does not have the role clerk.',
    see: [rfc(9110, '15.5.4')],
  },
  {
    ...refused,
    name: 'base64 that is none',
    headers: [['Authorization', 'Basic YWRhOmNvcnJlY3Q*aG9yc2U']],
    reason: 'malformed-basic',
    what: 'Text with a character that base64 does not have, and without padding. Lenient decoders skip it, so that one password has many spellings.',
    why: 'Only strict base64 is decoded.',
    look: 'Authorization',
    see: [rfc(4648, '3.3')],
  },
  {
    ...refused,
    name: 'no colon',
    headers: basic('ada'),
    reason: 'malformed-basic',
    what: 'A user name alone. Careless code splits at the colon, and compares a password that is undefined.',
    why: 'Without a colon there is no password.',
    look: 'Authorization',
    see: [rfc(7617, '2')],
  },
  {
    ...refused,
    name: 'Latin-1 instead of UTF-8',
    headers: basic(`björn:${passwords.björn}`, 'latin1'),
    reason: 'invalid-utf8',
    what: 'The right password in the wrong encoding. A server that tries several encodings lets one text be two users.',
    why: 'The bytes are not UTF-8, which the challenge asks for, and no other reading is tried.',
    look: 'Authorization',
    see: [rfc(7617, '2.1')],
  },
  {
    ...refused,
    name: 'password of 4000 letters',
    headers: basic(`ada:${'a'.repeat(4000)}`),
    reason: 'password-too-long',
    what: 'A very long password, to keep the server busy with hashing.',
    why: 'Passwords of more than 1024 bytes are refused before anything is hashed. Compare its time with that of a wrong password.',
    see: [cve('2013-1443')],
  },
];
