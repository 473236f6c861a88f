import type { Failure } from '../contracts/failure.js';
import { failureRows } from '../errors/failures.js';

/** A parameter of a challenge: text is quoted, a number stands bare. */
export type ChallengeParameter = readonly [name: string, value: string | number | undefined];

/**
 * Formats one challenge (RFC 9110 §11.6.1): `Bearer realm="api", error="invalid_token"`.
 * Quotes and backslashes are escaped (§5.6.4); what no field value may hold was refused when it was configured.
 */
export function formatChallenge(authScheme: string, parameters: readonly ChallengeParameter[]): string {
  const written = parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${typeof value === 'number' ? value : quote(value)}`],
  );
  return written.length === 0 ? authScheme : `${authScheme} ${written.join(', ')}`;
}

/** The parameters of RFC 6750 §3 and RFC 9470 §3 that a failure brings: none where no credentials came. */
export function errorParameters(failure: Failure | undefined): readonly ChallengeParameter[] {
  if (failure === undefined) return [];
  const { oauthError, title } = failureRows[failure.code];
  if (oauthError === null) return [];
  return [
    ['error', oauthError],
    ['error_description', title],
    ['scope', failure.required?.scopes?.join(' ')],
    ['acr_values', failure.required?.acr?.join(' ')],
    ['max_age', failure.required?.maxAgeSeconds],
  ];
}

/** Whether text may stand in a quoted string of a header field: visible ASCII, space and tab (RFC 9110 §5.6.4). */
export function isQuotable(text: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(text);
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** One challenge of a `WWW-Authenticate` field as some server sent it: nothing in it can be trusted. */
export interface ParsedChallenge {
  /** In lower case: its name is case-insensitive (RFC 9110 §11.1). */
  readonly authScheme: string;
  readonly token68?: string;
  /** By name in lower case (RFC 9110 §11.2). */
  readonly parameters: ReadonlyMap<string, string>;
}

const maxFieldLength = 16_384;
const maxElements = 256;

/**
 * Parses the challenges of a field (RFC 9110 §11.6.1), of which several lines were joined with commas.
 * Checks: the grammar; no parameter twice in one challenge (§11.2); at most 16384 characters and 256 list elements.
 * Does not check: what the parameters say. A link among them may lead anywhere.
 * @returns undefined for anything that is not such a list, and never a part of it. Linear in time and memory.
 */
export function parseChallenges(field: string): readonly ParsedChallenge[] | undefined {
  return field.length > maxFieldLength ? undefined : new ChallengeReader(field).read();
}

type ChallengeDraft = ParsedChallenge & { readonly parameters: Map<string, string> };

// Sticky: each reads on from where the last one ended, and each character is tried a fixed number of times.
const separators = /[ \t]*(?:,[ \t]*)*/y;
const elementEnd = /[ \t]*(?=,|$)/y;
const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const spaces = / +/y;
const equals = /[ \t]*=[ \t]*/y;
const token68 = /[0-9A-Za-z\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
// RFC 9110 §5.6.4. A character is either plain or escaped, so that there is one way to read it.
const quoted = /"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\uffff]|\\[\t\x20-\x7e\x80-\uffff])*"/y;

class ChallengeReader {
  readonly #field: string;
  readonly #challenges: ChallengeDraft[] = [];
  #position = 0;

  constructor(field: string) {
    this.#field = field;
  }

  read(): readonly ParsedChallenge[] | undefined {
    this.#take(separators);
    for (let elements = 0; this.#position < this.#field.length; elements++) {
      if (elements === maxElements || !this.#readElement() || this.#take(elementEnd) === undefined) return undefined;
      this.#take(separators);
    }
    return this.#challenges;
  }

  /** A comma stands between challenges and between parameters alike: an equals sign after the first word tells them apart. */
  #readElement(): boolean {
    const name = this.#take(token)?.toLowerCase();
    if (name === undefined) return false;
    return this.#take(equals) === undefined ? this.#readChallenge(name) : this.#readValue(name);
  }

  #readChallenge(authScheme: string): boolean {
    const credentials = this.#take(spaces) === undefined ? undefined : this.#take(token68);
    const parameters = new Map<string, string>();
    this.#challenges.push({ authScheme, ...(credentials !== undefined && { token68: credentials }), parameters });
    const name = credentials === undefined ? this.#take(token)?.toLowerCase() : undefined;
    return name === undefined || (this.#take(equals) !== undefined && this.#readValue(name));
  }

  #readValue(name: string): boolean {
    const challenge = this.#challenges.at(-1);
    const value = this.#take(token) ?? this.#take(quoted)?.slice(1, -1).replace(/\\(.)/gs, '$1');
    if (value === undefined || challenge === undefined || challenge.token68 !== undefined) return false;
    if (challenge.parameters.has(name)) return false;
    challenge.parameters.set(name, value);
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#field);
    if (match === null) return undefined;
    this.#position = pattern.lastIndex;
    return match[0];
  }
}
