import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AuthOptions, Scheme } from '@auth/core';
import { loadCases, loadConfigurations, runSuite, type Case } from '@auth/test-vectors';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { recordIn, type Place, type Recording } from './redaction/recorder.js';
import { collectSecrets, SecretFinder } from './redaction/secrets.js';

const folder = await mkdtemp(join(tmpdir(), 'redaction-'));
afterAll(() => rm(folder, { recursive: true }));

// Each framework once.
const frameworks = ['express', 'koa', 'nest-fastify', 'fetch'];
const finder = new SecretFinder();
finder.add(collectSecrets());

const newRecording = (name: string): Recording => ({
  texts: [],
  secrets: new Map(),
  auditFile: join(folder, `${name}.jsonl`),
});

/** The cases in lots that run at the same time; those that share a server stay together. */
function lots(): readonly (readonly Case[])[] {
  const configurations = loadConfigurations();
  // Endpoints answer with keys and tokens that they make; their cases look for what must not be shown themselves.
  const all = loadCases().filter(({ configuration }) => {
    const { issuer, keyManagement } = configurations[configuration]!;
    return issuer === undefined && keyManagement === undefined;
  });
  const names = [...new Set(all.map(({ configuration }) => configuration))];
  return Array.from({ length: 8 }, (_, lot) =>
    all.filter(({ configuration }) => names.indexOf(configuration) % 8 === lot),
  );
}

/** Runs cases, and keeps what was printed meanwhile, too. @returns how many ran */
async function record(host: string, cases: readonly Case[], recording: Recording, change?: Change): Promise<number> {
  let ran = 0;
  for await (const { outcome } of runSuite(recordIn(host, recording, change), { host, cases }))
    if (outcome !== 'except') ran++;
  return ran;
}

type Change = (options: AuthOptions) => AuthOptions;

const outputs = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'));
const consoles = (['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const).map((name) =>
  vi.spyOn(console, name).mockReturnValue(),
);
const warnings: Error[] = [];
const keepWarning = (warning: Error): void => void warnings.push(warning);
process.on('warning', keepWarning);
afterAll(() => void process.off('warning', keepWarning));

/** Each place where a secret is shown, with the name of the secret. */
function findLeaks({ texts }: Recording): readonly string[] {
  return [...new Set(texts.flatMap(([where, text]) => finder.find(text).map((name) => `${where}: ${name}`)))];
}

const places: readonly Place[] = ['answer', 'event', 'audit file', 'error', 'fault', 'explanation', 'output', 'control', 'allow', 'auth', 'schemes', 'options', 'config', 'stores']; // prettier-ignore

const collectOutput = (): Recording['texts'] => [
  ...[...outputs, ...consoles]
    .flatMap(({ mock }): readonly unknown[][] => mock.calls)
    .map((call): [Place, string] => ['output', call.map(String).join(' ')]),
  ...warnings.map((warning): [Place, string] => ['output', String(warning.stack)]),
];

describe('the whole suite', () => {
  const recording = newRecording('all');
  let ran = 0;
  let leaks: readonly string[] = [];

  beforeAll(async () => {
    const counts = await Promise.all(
      frameworks.flatMap((host) => lots().map((cases) => record(host, cases, recording))),
    );
    ran = counts.reduce((sum, count) => sum + count);
    recording.texts.push(['audit file', await readFile(recording.auditFile, 'utf8')]);
    recording.texts.push(...collectOutput());
    finder.add(recording.secrets);
    leaks = findLeaks(recording);
  }, 180_000);

  test('was run, and searched in every place for many secrets', () => {
    expect(ran).toBeGreaterThan(frameworks.length * 400);
    const filled = new Set(recording.texts.map(([where]) => where));
    expect([...filled]).toEqual(expect.arrayContaining(places.filter((place) => place !== 'output')));
    expect(finder.size).toBeGreaterThan(100_000);
  });

  test.each(places)('shows no secret, nor a long piece of one: %s', (place) => {
    expect(leaks.filter((leak) => leak.startsWith(`${place}: `))).toEqual([]);
  });
});

/** Changes every scheme of a configuration; `shown` is the credential that was read last. */
function leaking(
  change: (scheme: Scheme, shown: () => string) => object,
  more?: (options: AuthOptions, shown: () => string) => Partial<AuthOptions>,
): Change {
  return (options) => {
    let last = '';
    const shown = (): string => last;
    const schemes = Object.entries(options.schemes).map(([name, scheme]): [string, Scheme] => {
      const extract: Scheme['extract'] = (...given) => {
        const found = scheme.extract(...given);
        if (!('then' in found) && found.kind === 'credentials') last = found.identifier;
        return found;
      };
      const changed = change(scheme, shown);
      return [name, Object.assign(Object.create(null) as Scheme, scheme, { extract }, changed)];
    });
    return { ...options, schemes: Object.fromEntries(schemes), ...more?.(options, shown) };
  };
}

const sharedSecret = (loadConfigurations()['shared']!.schemes['shared'] as { secretBase64: string }).secretBase64;
const asIs = (): object => ({});
const intoEvents = (pick: (shown: string) => string): Change =>
  leaking(asIs, ({ audit }, shown) => {
    const [callback, file] = audit as [(event: object) => void, never];
    return { audit: [(event) => callback({ ...event, note: pick(shown()) }), file] };
  });
const throwing = (make: (shown: string) => Error): Change =>
  leaking((_, shown) => ({
    verify: () => {
      throw make(shown());
    },
  }));

const plants: readonly (readonly [title: string, place: Place, change: Change])[] = [
  ['an event has the credential', 'event', intoEvents((shown) => shown)],
  ['an event has sixteen characters of it', 'event', intoEvents((shown) => `…${shown.slice(-16)}`)],
  ['an error has it in its message', 'error', throwing((shown) => new Error(`cannot verify ${shown}`))],
  ['an error has it in its cause', 'error', throwing((shown) => new Error('failed', { cause: new Error(shown) }))],
  ['an error has it in a hidden member', 'error', throwing((shown) => Object.defineProperty(new Error('failed'), 'token', { value: shown }))],
  ['a challenge has it', 'answer', leaking((_, shown) => ({ challenge: () => ({ headers: [['www-authenticate', `X key="${shown()}"`]] }) }))],
  ['a scheme keeps it', 'schemes', leaking((_, shown) => ({ kept: { get last() { return shown(); } } }))],
  ['a scheme shows the bytes of the shared secret', 'options', leaking(() => ({ secret: new Uint8Array(Buffer.from(sharedSecret, 'base64')) }))],
  ['the console is told', 'output', leaking(asIs, (_, shown) => ({ explainRefusals: () => console.error('refused', shown()) }))],
]; // prettier-ignore

describe('a leak is found where', () => {
  const ids = new Set(['key-revoked.1', 'jwt-sig-flip.1']);
  const cases = loadCases().filter(({ id }) => ids.has(id));

  test.each(plants)('%s', async (_, place, change) => {
    vi.clearAllMocks();
    const recording = newRecording('leak');
    expect(await record('express', cases, recording, change)).toBe(ids.size);
    recording.texts.push(...collectOutput());
    expect(findLeaks(recording).filter((leak) => leak.startsWith(`${place}: `))).not.toEqual([]);
  });
});
