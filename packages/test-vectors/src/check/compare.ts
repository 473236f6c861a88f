/** One fault where two values differ. */
export function compare(what: string, actual: unknown, expected: unknown): string[] {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value) ?? 'nothing') as [string, string];
  return is === should ? [] : [`${what}: is ${shorten(is)}, should be ${shorten(should)}`];
}

const shorten = (text: string): string =>
  text.length <= 600 ? text : `${text.slice(0, 600)}… (${text.length} characters)`;
