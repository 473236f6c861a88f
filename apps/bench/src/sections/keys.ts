import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
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
  const stores: Store[] = [];
  for (const count of keyCounts) stores.push(await makeStore(count));
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
  /** Beside the texts of its records, which its owner has anyway. */
  readonly bytesPerKey: number;
}

async function makeStore(count: number): Promise<Store> {
  const texts = Array.from({ length: count }, () => generateApiKey(prefix));
  const entries = texts.map(entryOf);
  const before = await usedBytes();
  const scheme = apiKey({ prefix, keys: entries });
  const bytesPerKey = ((await usedBytes()) - before) / entries.length;
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

/** What lives once all else is collected: what the stack still holds goes in a later turn, bytes of buffers after their objects. */
async function usedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 4; turn++) {
    await setImmediate();
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
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
