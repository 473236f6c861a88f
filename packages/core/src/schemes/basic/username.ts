/**
 * In which form user names are looked up.
 * - `exact`: character by character, as sent.
 * - `case-preserved`, `case-mapped`: UsernameCasePreserved and UsernameCaseMapped (RFC 8265 §3.4, §3.3): full and half width
 *   become ordinary characters, the name is composed (NFC), and with the second in lower case.
 */
export type UsernameProfile = 'exact' | 'case-preserved' | 'case-mapped';

export const usernameProfiles: readonly UsernameProfile[] = ['exact', 'case-preserved', 'case-mapped'];

// IdentifierClass (RFC 8264 §4.2): letters, digits and marks, printable ASCII, and the exceptions of §9.6 that are no letters.
// Decision: what needs a rule of context (CONTEXTJ, CONTEXTO: RFC 8264 §9.6, §9.8) is refused.
const identifier = /^(?:[\x21-\x7e]|[\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}]|[\u06fd\u06fe\u0f0b\u3007])+$/u;
// Of those, RFC 8264 §9.6 disallows some, wants context for digits of two Arabic kinds, and §9.9, §9.13 disallow more.
const disallowed =
  /\u302e|\u302f|[\u0640\u07fa\u3031-\u3035\u303b\u0660-\u0669\u06f0-\u06f9]|[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]|\p{Default_Ignorable_Code_Point}/u;
// The blocks whose characters are written from right to left, or may be once they are assigned.
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
// Decision: of the names that RFC 5893 §2 lets through, those of right-to-left letters, marks and ASCII digits.
const rightToLeftName = /^\p{L}[\p{L}\p{Mn}0-9]*$/u;
const width = /[\uff01-\uffee]/g;

/**
 * The form of a user name that is looked up.
 * @returns undefined for a name that the profile does not let anybody have.
 */
export function prepareUsername(username: string, profile: UsernameProfile): string | undefined {
  if (profile === 'exact') return username;
  // RFC 8265 §3.3.2, §3.4.2: width first, then case, then composition; the class and the direction of the outcome count.
  const narrow = username.replace(width, (char) => char.normalize('NFKC'));
  const name = (profile === 'case-mapped' ? narrow.toLowerCase() : narrow).normalize('NFC');
  return isIdentifier(name) && isOneDirection(name) ? name : undefined;
}

function isIdentifier(name: string): boolean {
  if (!identifier.test(name) || disallowed.test(name)) return false;
  // HasCompat (RFC 8264 §9.17), by code point.
  return Array.from(name).every((char) => char.normalize('NFKC') === char);
}

function isOneDirection(name: string): boolean {
  if (!rightToLeft.test(name)) return true;
  return rightToLeftName.test(name) && Array.from(name).every((char) => !/\p{L}/u.test(char) || rightToLeft.test(char));
}
