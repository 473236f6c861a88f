import { createHash } from 'node:crypto';

import { makeJwe } from './jwe.ts';
import { hashedToken, makeJws } from './jws.ts';
import { publicJwk } from './keys.ts';
import type { Recipe, Recipes } from './recipe.ts';

export interface Made {
  /** Text by name. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Digest of the recipe, and of all that it was made of, by name. */
  readonly digests: Readonly<Record<string, string>>;
}

const reference = /\{([a-z0-9-]+)(?:\.([0-9]))?\}/g;

/** Makes all tokens; one whose digest stands in `before` keeps its text, since some signatures are random. */
export async function makeTokens(recipes: Recipes, before: Made): Promise<Made> {
  const digests: Record<string, string> = {};
  const digestOf = (name: string): string => (digests[name] ??= digest(recipeOf(recipes, name), digestOf));
  const texts = new Map<string, Promise<string>>();
  const build = (name: string): Promise<string> => {
    const known = texts.get(name);
    if (known !== undefined) return known;
    const kept = before.digests[name] === digestOf(name) ? before.tokens[name] : undefined;
    const text = kept === undefined ? make(recipeOf(recipes, name), build) : Promise.resolve(kept);
    texts.set(name, text);
    return text;
  };
  const tokens: Record<string, string> = {};
  for (const name of Object.keys(recipes)) tokens[name] = await build(name);
  return { tokens, digests: Object.fromEntries(Object.keys(recipes).map((name) => [name, digestOf(name)])) };
}

function recipeOf(recipes: Recipes, name: string): Recipe {
  const recipe = recipes[name];
  if (recipe === undefined) throw new Error(`no such token: ${name}`);
  return recipe;
}

function digest(recipe: Recipe, digestOf: (name: string) => string): string {
  const { keys, tokens } = materials(recipe);
  const parts = [
    JSON.stringify(recipe),
    ...keys.map((name) => JSON.stringify(publicJwk(name))),
    ...tokens.map(digestOf),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('base64url');
}

/** Names of the keys and of the other tokens that a recipe takes. */
function materials(recipe: Recipe): { keys: readonly string[]; tokens: readonly string[] } {
  switch (recipe.kind) {
    case 'repeat':
      return { keys: [], tokens: [] };
    case 'template':
      return { keys: [], tokens: [...recipe.text.matchAll(reference)].map((match) => match[1]!) };
    case 'jwe':
      return { keys: recipe.key === undefined ? [] : [recipe.key], tokens: tokenIn(recipe.plaintext) };
    case 'jws': {
      const { sign } = recipe;
      const keys = 'key' in sign ? [sign.key] : 'publicKey' in sign ? [sign.publicKey] : [];
      const hashed = hashedToken(recipe.payload);
      return { keys, tokens: [...tokenIn(recipe.payload), ...(hashed === undefined ? [] : [hashed])] };
    }
  }
}

const tokenIn = (value: object): readonly string[] =>
  Object.keys(value).length === 1 && 'token' in value && typeof value.token === 'string' ? [value.token] : [];

function make(recipe: Recipe, build: (name: string) => Promise<string>): Promise<string> {
  switch (recipe.kind) {
    case 'jws':
      return makeJws(recipe, build);
    case 'jwe':
      return makeJwe(recipe, build);
    case 'repeat':
      return Promise.resolve(recipe.text.repeat(recipe.times));
    case 'template':
      return fill(recipe.text, recipe.alphabet, build);
  }
}

async function fill(
  text: string,
  alphabet: 'base64' | undefined,
  build: (name: string) => Promise<string>,
): Promise<string> {
  let filled = '';
  let end = 0;
  for (const match of text.matchAll(reference)) {
    const whole = await build(match[1]!);
    const part = match[2] === undefined ? whole : whole.split('.')[Number(match[2])]!;
    filled +=
      text.slice(end, match.index) + (alphabet === undefined ? part : part.replaceAll('-', '+').replaceAll('_', '/'));
    end = match.index + match[0].length;
  }
  return filled + text.slice(end);
}
