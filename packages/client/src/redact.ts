const redacted = '[redacted]';
const longestText = 300;
const deepestCause = 5;

/**
 * Takes secrets out of text that others wrote, and control characters with them; longer text is cut.
 * @param secrets in every form in which they were sent
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  // The longest first: one secret may be a part of another.
  for (const secret of secrets.filter((each) => each !== '').sort((a, b) => b.length - a.length))
    clean = clean.replaceAll(secret, redacted);
  clean = clean.replace(/\p{Cc}+/gu, ' ');
  // Cut after the secrets are out: half a secret would not be found.
  return clean.length > longestText ? `${clean.slice(0, longestText)}…` : clean;
}

/** The forms in which the value of a header field may come back: whole, and without the word before it. */
export function secretsOf(headers: readonly (readonly [name: string, value: string])[]): readonly string[] {
  return headers.flatMap(([, value]) => [value, value.slice(value.indexOf(' ') + 1)]);
}

/** Copies an error and its causes: name, code and message, and nothing else that may hang on them. */
export function redactError(error: unknown, secrets: readonly string[], depth = 0): Error {
  const { name, message, code, cause } = (typeof error === 'object' && error !== null ? error : {}) as Partial<
    Record<'name' | 'message' | 'code' | 'cause', unknown>
  >;
  const further = cause === undefined || depth === deepestCause ? undefined : redactError(cause, secrets, depth + 1);
  const text = typeof message === 'string' ? redact(message, secrets) : 'an error without a message';
  const copy = new Error(text, further && { cause: further });
  if (typeof name === 'string') copy.name = redact(name, secrets);
  return typeof code === 'string' ? Object.assign(copy, { code: redact(code, secrets) }) : copy;
}
