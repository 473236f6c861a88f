// Makes vectors/hmac/*.json: requests signed by SigV4 and by senders of webhooks. It signs with node:crypto alone, and each canonical text is
// written out here: nothing is taken from what the suite tests.
//
//   node packages/test-vectors/tools/make-hmac.ts            writes the files
//   node packages/test-vectors/tools/make-hmac.ts --check    writes nothing; exit 1 where a run would change something

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { sigV4Cases } from './make/sigv4.ts';
import { webhookCases } from './make/webhooks.ts';

const files = {
  sigv4: new URL('../vectors/hmac/sigv4.json', import.meta.url),
  webhooks: new URL('../vectors/hmac/webhooks.json', import.meta.url),
};

/** The files as a run would leave them, before they are formatted. */
export function makeHmacFiles(): readonly { readonly file: URL; readonly cases: readonly object[] }[] {
  return [
    { file: files.sigv4, cases: sigV4Cases() },
    { file: files.webhooks, cases: webhookCases() },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const content = (cases: readonly object[]) => ({ $schema: '../../schema/case.schema.json', cases });
  const isSame = (file: URL, cases: readonly object[]): boolean =>
    JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) === JSON.stringify(content(cases));
  if (process.argv.includes('--check'))
    process.exit(makeHmacFiles().every(({ file, cases }) => isSame(file, cases)) ? 0 : 1);
  for (const { file, cases } of makeHmacFiles()) writeFileSync(file, `${JSON.stringify(content(cases), null, 2)}\n`);
}
