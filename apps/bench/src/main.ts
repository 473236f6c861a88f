import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { formatTable } from './report/table.js';
import { formatTarget, isReached, type Target } from './report/target.js';
import { client } from './sections/client.js';
import { dpop } from './sections/dpop.js';
import { frameworks } from './sections/frameworks.js';
import { hmac } from './sections/hmac.js';
import { jwt } from './sections/jwt.js';
import { keySets } from './sections/key-sets.js';
import { keys } from './sections/keys.js';
import { policy } from './sections/policy.js';
import { reject } from './sections/reject.js';
import { signatures } from './sections/signatures.js';
import type { Effort, Section } from './sections/section.js';

const sections: Readonly<Record<string, Section>> = {
  jwt,
  reject,
  'key-sets': keySets,
  dpop,
  keys,
  policy,
  hmac,
  signatures,
  client,
  frameworks,
};

const usage = `usage: bench [--only ${Object.keys(sections).join('|')}] [--quick]`;

const thorough: Effort = {
  pace: { rounds: 21, lapMs: 15 },
  keyCounts: [10, 1000, 1_000_000],
  setSizes: [10, 100_000],
  ruleCounts: [10, 1000, 100_000],
  requests: { rounds: 21, requests: 600, warmUp: 15_000, connections: 16 },
};

/** Shows that everything runs; its numbers say little. */
const quick: Effort = {
  pace: { rounds: 3, lapMs: 2 },
  keyCounts: [10, 100, 1000],
  setSizes: [10, 1000],
  ruleCounts: [10, 100],
  requests: { rounds: 3, requests: 50, warmUp: 50, connections: 4 },
};

/** What performance.md wants of parts that are still to come. */
const unbuilt = ['rate limits'];

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', multiple: true }, quick: { type: 'boolean', default: false } },
  });
  const chosen = values.only ?? Object.keys(sections);
  const unknown = chosen.find((name) => !Object.hasOwn(sections, name));
  if (unknown !== undefined) {
    process.stderr.write(`--only: there is no ${unknown}\n${usage}\n`);
    return 2;
  }
  const effort = values.quick ? quick : thorough;
  print(`Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${cpus().length} processors`);
  print(`${effort.pace.rounds} rounds; medians of paired ratios, in brackets the middle half\n`);
  const targets: Target[] = [];
  for (const name of chosen) {
    const findings = await sections[name]!(effort);
    for (const table of findings.tables) print(formatTable(table));
    targets.push(...findings.targets);
  }
  print('Targets\n');
  for (const target of targets) print(`  ${formatTarget(target)}`);
  for (const what of unbuilt) print(`  to come  ${what}`);
  const reached = targets.filter(isReached).length;
  print(`\n${reached} reached, ${targets.length - reached} missed`);
  return 0;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(isUsage ? `${(error as Error).message}\n${usage}\n` : `${(error as Error).stack}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
