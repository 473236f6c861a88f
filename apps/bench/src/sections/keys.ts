import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { apiKey, createAuth, generateApiKey, type ApiKeyEntry, type ApiKeyScheme } from '@auth/core';

import { judgeByCheck, judgeByScheme } from '../libraries/auth-core.js';
import { cpuMicroseconds, cpuRatio, tableOf } from '../measure/compare.js';
import { race, type Case } from '../measure/race.js';
import type { Target } from '../report/target.js';
import { requestWith } from '../requests.js';
import { scope } from '../tokens.js';
import type { Section } from './section.js';

const prefix = 'acme';
const raw = 'SHA-256 and Map';
// Asked for in turn, so that a large store does not answer from the processor's cache.
const asked = 4096;

const nameOf = (what: string, count: number): string => `${what}, ${count} keys`;

/** API keys: taken from stores of several sizes, and refused by their checksum or because nobody issued them. */
export const keys: Section = async ({ pace, keyCounts }) => {
  const stores = keyCounts.map((count) => makeStore(count));
  const largest = stores.at(-1)!;
  const first = stores[0]!;
  const accepted = await race(stores.flatMap(acceptCases), pace, true);
  const refused = await race([...refuseCases(largest)], pace, false);
  const most = nameOf('scheme', largest.count);
  const targets: readonly Target[] = [
    { what: `API key: the ${most}`, measured: cpuMicroseconds(accepted, most), limit: 3, unit: 'us' },
    {
      what: `API key: ${largest.count} keys / ${first.count}, auth.check`,
      measured: cpuRatio(accepted, nameOf('auth.check', largest.count), nameOf('auth.check', first.count)).median,
      limit: 1.5,
      unit: 'x',
    },
    { what: `API key: memory a key of ${largest.count}`, measured: largest.bytesPerKey, limit: 150, unit: 'bytes' },
  ];
  return {
    tables: [
      tableOf('API keys: taken', accepted, nameOf(raw, first.count)),
      tableOf(`API keys: refused, ${largest.count} keys (by: one SHA-256 and look-up)`, refused, raw),
    ],
    targets,
  };
};

interface Store {
  readonly count: number;
  readonly scheme: ApiKeyScheme;
  /** Some of its keys. */
  readonly sample: readonly string[];
  readonly hashes: ReadonlyMap<string, true>;
  readonly bytesPerKey: number;
}

function makeStore(count: number): Store {
  const texts = Array.from({ length: count }, () => generateApiKey(prefix));
  const before = usedBytes();
  const scheme = apiKey({ prefix, keys: texts.map(entryOf) });
  const bytesPerKey = (usedBytes() - before) / count;
  const sample = Array.from({ length: asked }, () => texts[Math.floor(Math.random() * count)]!);
  return { count, scheme, sample, hashes: new Map(texts.map((text) => [hashOf(text), true])), bytesPerKey };
}

const entryOf = (key: string, index: number): ApiKeyEntry => ({
  id: `key-${index}`,
  key,
  subject: `service-${index}`,
  scopes: [scope],
});

const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

/** What lives on the heap once all else is collected. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

function acceptCases({ count, scheme, sample, hashes }: Store): readonly Case[] {
  const auth = createAuth({ schemes: { keys: scheme } });
  const requirement = { scheme: 'keys', scopes: [scope] } as const;
  const keyAt = (index: number): string => sample[index % asked]!;
  return [
    { name: nameOf(raw, count), judge: (index) => hashes.has(hashOf(keyAt(index))) },
    { name: nameOf('scheme', count), judge: (index) => judgeByScheme(scheme, requestWith('X-API-Key', keyAt(index))) },
    {
      name: nameOf('auth.check', count),
      judge: (index) => judgeByCheck(auth, requirement, requestWith('X-API-Key', keyAt(index))),
    },
  ];
}

function refuseCases({ scheme, sample, hashes }: Store): readonly Case[] {
  const auth = createAuth({ schemes: { keys: scheme } });
  const requirement = { scheme: 'keys', scopes: [scope] } as const;
  const mistyped = sample.map((key) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`);
  const invented = sample.map(() => generateApiKey(prefix));
  const requestAt = (list: readonly string[], index: number) => requestWith('X-API-Key', list[index % asked]!);
  return [
    { name: raw, judge: (index) => hashes.has(hashOf(invented[index % asked]!)) },
    { name: 'wrong checksum, scheme', judge: (index) => judgeByScheme(scheme, requestAt(mistyped, index)) },
    {
      name: 'wrong checksum, auth.check',
      judge: (index) => judgeByCheck(auth, requirement, requestAt(mistyped, index)),
    },
    { name: 'never issued, scheme', judge: (index) => judgeByScheme(scheme, requestAt(invented, index)) },
    { name: 'never issued, auth.check', judge: (index) => judgeByCheck(auth, requirement, requestAt(invented, index)) },
  ];
}
