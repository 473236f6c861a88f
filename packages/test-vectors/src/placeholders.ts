/** Texts by kind and name, for the placeholders. */
export type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

const placeholder = /\{\{([a-z]+):([^{}]+)\}\}/g;
/** Kinds that show who calls, or let somebody in. */
const secretKinds: ReadonlySet<string> = new Set(['token', 'key', 'basic', 'session', 'secret', 'proof']);

/**
 * Replaces `{{KIND:NAME}}`.
 * @param later kinds that stay as they are, since nobody knows them yet
 * @throws Error for what is not among the texts
 */
export function replace(text: string, texts: Texts, later: readonly string[] = []): string {
  return text.replace(placeholder, (whole, kind: string, name: string) => {
    if (later.includes(kind)) return whole;
    const known = Object.hasOwn(texts, kind) ? texts[kind]! : {};
    if (!Object.hasOwn(known, name)) throw new Error(`${whole} names nothing in the suite`);
    return known[name]!;
  });
}

/** Credentials that stand in a text: what their placeholders stand for, and the passwords in that. */
export function credentialsIn(text: string, texts: Texts): readonly string[] {
  return [...text.matchAll(placeholder)].flatMap(([whole, kind, name]) => {
    if (!secretKinds.has(kind!) && !(kind === 'control' && name === 'key')) return [];
    const credential = replace(whole, texts);
    return kind === 'basic' ? [credential].concat(passwordIn(credential)) : [credential];
  });
}

/** What an endpoint answered and must not show again: as a whole, since its successor may begin as it does. */
export function secretsIn(text: string, texts: Texts): readonly string[] {
  return [...text.matchAll(placeholder)].flatMap(([whole, kind]) => (kind === 'secret' ? [replace(whole, texts)] : []));
}

/** Shorter ones stand anywhere by chance. */
const shortestPassword = 6;

function passwordIn(userPass: string): readonly string[] {
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(userPass, 'base64').toString()) ?? [];
  return password.length < shortestPassword ? [] : [password];
}

/** Replaces in every text of a JSON value, at any depth. */
export function replaceIn<T>(value: T, texts: Texts, later: readonly string[] = []): T {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) =>
    typeof member === 'string' ? replace(member, texts, later) : member,
  ) as T;
}
