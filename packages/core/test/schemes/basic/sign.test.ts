import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseUserPass } from '../../../src/schemes/basic/credentials.js';
import { formatUserPass } from '../../../src/schemes/basic/sign.js';

describe('formatUserPass', () => {
  it.each([
    // RFC 7617 §2 and §2.1.
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
    ['a', '', 'Basic YTo='],
    ['a', 'b:c', 'Basic YTpiOmM='],
  ])('of %j and %j is what the RFC prints', (username, password, field) => {
    expect(formatUserPass(username, password)).toBe(field);
  });

  it('composes both (NFC, RFC 7617 §2.1)', () => {
    expect(formatUserPass('e\u0301', 'u\u0308')).toBe(formatUserPass('\u00e9', '\u00fc'));
  });

  it.each([
    ['an empty name', '', 'x'],
    ['a colon in the name', 'a:b', 'x'],
    ['a control character in the name', 'a\n', 'x'],
    ['a control character in the password', 'a', '\u007f'],
    ['half a surrogate pair', 'a', '\udc00'],
    ['two halves that do not belong together', 'a\ud83d', '\ude00'],
  ])('is undefined for %s (RFC 7617 §2)', (_title, username, password) => {
    expect(formatUserPass(username, password)).toBeUndefined();
  });

  it('writes nothing that the server would read otherwise', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        (username, password) => {
          const field = formatUserPass(username, password);
          fc.pre(field !== undefined);
          expect(parseUserPass(field.slice('Basic '.length))).toEqual({
            kind: 'user-pass',
            username: username.normalize('NFC'),
            password: password.replace(/\p{Zs}/gu, ' ').normalize('NFC'),
          });
        },
      ),
    );
  });
});
