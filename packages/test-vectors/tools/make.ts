// Makes vectors/tokens.json and the texts in vectors/keys (API keys, user names and passwords, their hashes, session cookies; signatures and their inputs) from make/. A token whose recipe did not change
// keeps its text, so a second run changes nothing; tools/recipes.lock.json holds the digests that tell.
//
//   node packages/test-vectors/tools/make.ts            writes what is missing or changed
//   node packages/test-vectors/tools/make.ts --check    writes nothing; exit 1 where a run would

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { algorithms } from './make/algorithms.ts';
import { assertions } from './make/assertions.ts';
import { makeApiKeys } from './make/api-keys.ts';
import { boundRecipes } from './make/bound.ts';
import { makeTokens } from './make/build.ts';
import { claimRecipes } from './make/claims.ts';
import { dpopRecipes } from './make/dpop.ts';
import { forms } from './make/forms.ts';
import { oauthRecipes } from './make/oauth.ts';
import { remoteRecipes } from './make/remote.ts';
import { makeSessions } from './make/sessions.ts';
import { makeSignatureInputs, makeSignatures } from './make/signatures.ts';
import { makeBasicCredentials, makePasswordHashes } from './make/users.ts';

const files = {
  tokens: new URL('../vectors/tokens.json', import.meta.url),
  digests: new URL('recipes.lock.json', import.meta.url),
  apiKeys: new URL('../vectors/keys/api-keys.json', import.meta.url),
  basic: new URL('../vectors/keys/basic.json', import.meta.url),
  passwordHashes: new URL('../vectors/keys/password-hashes.json', import.meta.url),
  sessions: new URL('../vectors/keys/sessions.json', import.meta.url),
  signatureInputs: new URL('../vectors/keys/signature-inputs.json', import.meta.url),
  signatures: new URL('../vectors/keys/signatures.json', import.meta.url),
};

const read = (file: URL): string => (existsSync(file) ? readFileSync(file, 'utf8') : '{}\n');
const parse = (text: string): Record<string, string> => JSON.parse(text) as Record<string, string>;
const format = (value: Readonly<Record<string, string>>): string => `${JSON.stringify(value, null, 2)}\n`;

/** The files as a run would leave them. */
export async function makeFiles(): Promise<
  readonly { readonly file: URL; readonly before: string; readonly after: string }[]
> {
  const names = Object.keys(files) as (keyof typeof files)[];
  const before = Object.fromEntries(names.map((name) => [name, read(files[name])])) as Record<
    keyof typeof files,
    string
  >;
  const made = await makeTokens(
    {
      ...algorithms,
      ...boundRecipes,
      ...claimRecipes,
      ...forms,
      ...remoteRecipes,
      ...oauthRecipes,
      ...dpopRecipes,
      ...assertions,
    },
    { tokens: parse(before.tokens), digests: parse(before.digests) },
  );
  const after: typeof before = {
    tokens: format(made.tokens),
    digests: format(made.digests),
    apiKeys: format(makeApiKeys()),
    basic: format(makeBasicCredentials()),
    passwordHashes: format(makePasswordHashes()),
    sessions: format(makeSessions()),
    signatureInputs: format(makeSignatureInputs()),
    signatures: format(makeSignatures({ signatures: parse(before.signatures), inputs: parse(before.signatureInputs) })),
  };
  return names.map((name) => ({ file: files[name], before: before[name], after: after[name] }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const changed = (await makeFiles()).filter(({ before, after }) => before !== after);
  const check = process.argv.includes('--check');
  for (const { file, after } of changed) {
    if (!check) writeFileSync(file, after);
    process.stdout.write(
      `${check ? 'would change' : 'wrote'} ${file.pathname.slice(file.pathname.indexOf('packages/'))}\n`,
    );
  }
  if (check && changed.length > 0) process.exitCode = 1;
}
