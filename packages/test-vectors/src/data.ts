import { readdirSync, readFileSync } from 'node:fs';

import type { Case, CodeRow, Configuration, JsonObject } from './case.js';
import { caseFolders } from './case-folders.js';
import type { CallCase } from './calls/case.js';
import type { ClientCase } from './client/client-case.js';
import { replaceIn, type Texts } from './placeholders.js';

// The same from src/ and from dist/.
const folder = new URL('../vectors/', import.meta.url);

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
const filesIn = (name: string): readonly string[] =>
  readdirSync(new URL(`${name}/`, folder))
    .filter((file) => file.endsWith('.json'))
    .sort();

/** All cases, in the order of the files. Placeholders still stand in them: the runner replaces them. */
export function loadCases(): readonly Case[] {
  return casesIn(caseFolders.server) as readonly Case[];
}

/** All cases of the client's part, in the order of the files. */
export function loadClientCases(): readonly ClientCase[] {
  return casesIn(caseFolders.client) as readonly ClientCase[];
}

/** All cases of helpers that are no route. */
export function loadCallCases(): readonly CallCase[] {
  return casesIn(caseFolders.call) as readonly CallCase[];
}

const casesIn = (folders: readonly string[]): readonly unknown[] =>
  folders.flatMap((name) =>
    filesIn(name).flatMap((file) => (read(`${name}/${file}`) as { readonly cases: readonly unknown[] }).cases),
  );

/** All configurations by name, as a server takes them: placeholders replaced but for those of the issuer, without `$schema`. */
export function loadConfigurations(): Readonly<Record<string, Configuration>> {
  const texts = loadTexts();
  return Object.fromEntries(
    filesIn('configurations').map((file) => {
      const { $schema: _, ...configuration } = read(`configurations/${file}`) as Configuration & {
        readonly $schema: string;
      };
      return [file.slice(0, -'.json'.length), replaceIn(configuration, texts, ['issuer'])];
    }),
  );
}

const textFiles = {
  token: 'tokens.json',
  key: 'keys/api-keys.json',
  basic: 'keys/basic.json',
  hash: 'keys/password-hashes.json',
  session: 'keys/sessions.json',
  signed: 'keys/signature-inputs.json',
  signature: 'keys/signatures.json',
} as const;

/** Tokens, API keys, user names with passwords, hashes of these, session cookies, and signatures with their inputs, by kind and name. */
export function loadTexts(): Readonly<Record<keyof typeof textFiles, Texts[string]>> {
  const texts = Object.entries(textFiles).map(([kind, file]) => [kind, read(file)] as const);
  return Object.fromEntries(texts) as Record<keyof typeof textFiles, Texts[string]>;
}

/** The public keys, by name. */
export function loadPublicKeys(): Readonly<Record<string, JsonObject>> {
  return read('keys/public.json') as Readonly<Record<string, JsonObject>>;
}

/** The private keys, by name: published values, which no server may trust. */
export function loadPrivateKeys(): Readonly<Record<string, JsonObject>> {
  return (read('keys/private.json') as { readonly keys: Readonly<Record<string, JsonObject>> }).keys;
}

/** Status and texts of each public code, as the catalogue has them. */
export function loadCodes(): Readonly<Record<string, CodeRow>> {
  return read('codes.json') as Readonly<Record<string, CodeRow>>;
}
