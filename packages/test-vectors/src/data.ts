import { readdirSync, readFileSync } from 'node:fs';

import type { Case, CodeRow, Configuration } from './case.js';
import { replaceIn } from './placeholders.js';

// The same from src/ and from dist/.
const folder = new URL('../vectors/', import.meta.url);
const caseFolders = ['http', 'api-key', 'jwt', 'composition'] as const;

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
const filesIn = (name: string): readonly string[] =>
  readdirSync(new URL(`${name}/`, folder))
    .filter((file) => file.endsWith('.json'))
    .sort();

/** Texts by name, for the placeholders. */
export interface Texts {
  readonly token: Readonly<Record<string, string>>;
  readonly key: Readonly<Record<string, string>>;
}

/** All cases, in the order of the files. Placeholders still stand in them: the runner replaces them. */
export function loadCases(): readonly Case[] {
  return caseFolders.flatMap((name) =>
    filesIn(name).flatMap((file) => (read(`${name}/${file}`) as { readonly cases: readonly Case[] }).cases),
  );
}

/** Cases of parts that are still to be built (`vectors/waiting.json` names their rows). `runSuite` runs them where they are given. */
export function loadWaitingCases(): readonly Case[] {
  return filesIn('waiting').flatMap((file) => (read(`waiting/${file}`) as { readonly cases: readonly Case[] }).cases);
}

/** All configurations by name, as a server takes them: placeholders replaced, without `$schema`. */
export function loadConfigurations(): Readonly<Record<string, Configuration>> {
  const texts = loadTexts();
  return Object.fromEntries(
    filesIn('configurations').map((file) => {
      const { $schema: _, ...configuration } = read(`configurations/${file}`) as Configuration & {
        readonly $schema: string;
      };
      return [file.slice(0, -'.json'.length), replaceIn(configuration, texts)];
    }),
  );
}

/** Tokens and API keys by name. */
export function loadTexts(): Texts {
  return { token: read('tokens.json') as Texts['token'], key: read('keys/api-keys.json') as Texts['key'] };
}

/** Status and texts of each public code, as the catalogue has them. */
export function loadCodes(): Readonly<Record<string, CodeRow>> {
  return read('codes.json') as Readonly<Record<string, CodeRow>>;
}
