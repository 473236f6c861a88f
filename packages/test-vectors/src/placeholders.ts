import type { Texts } from './data.js';

const placeholder = /\{\{([a-z]+):([^{}]+)\}\}/g;

/** Replaces `{{token:NAME}}` and `{{key:NAME}}`. @throws Error for any other `{{KIND:NAME}}`. */
export function replace(text: string, texts: Texts): string {
  return text.replace(placeholder, (whole, kind: string, name: string) => {
    const known = kind === 'token' || kind === 'key' ? texts[kind] : {};
    if (!Object.hasOwn(known, name)) throw new Error(`${whole} names nothing in the suite`);
    return known[name]!;
  });
}

/** The texts that the placeholders of a text stand for. */
export function credentialsIn(text: string, texts: Texts): readonly string[] {
  return [...text.matchAll(placeholder)].map(([whole]) => replace(whole, texts));
}

/** Replaces in every text of a JSON value, at any depth. */
export function replaceIn<T>(value: T, texts: Texts): T {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) =>
    typeof member === 'string' ? replace(member, texts) : member,
  ) as T;
}
