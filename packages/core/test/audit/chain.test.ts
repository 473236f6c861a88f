import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createAuditChain, hashAuditLine, verifyAuditChain } from '../../src/audit.js';
import { isConfigurationError } from '../../src/index.js';
import { jsonLines } from '../../src/node.js';
import { createSigningKey } from '../../src/signing.js';
import { eventOf } from '../fixtures/events.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chain-'));
  file = join(folder, 'audit.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const linesOf = async (path: string): Promise<string[]> =>
  readFile(path, 'utf8').then(
    (text) => text.split('\n').slice(0, -1),
    () => [],
  );

const verify = async (lines: readonly string[], checkpoints: readonly string[] = []) =>
  verifyAuditChain(lines, { publicKeyPem: await readFile(`${file}.pub`, 'utf8'), checkpoints });

/** What one process writes from its start to its end. */
async function write(count: number, options: Parameters<typeof jsonLines>[1] = {}, close = true): Promise<void> {
  const sink = jsonLines(file, { chain: true, ...options });
  for (let i = 0; i < count; i++) await sink.write(eventOf({ id: `event-${i}` }));
  if (close) await sink.close?.();
}

const spoil = (lines: readonly string[], change: (lines: string[]) => void): string[] => {
  const changed = [...lines];
  change(changed);
  return changed;
};

describe('a chain of audit lines', () => {
  it('verifies as it was written, from the first checkpoint to the last', async () => {
    await write(3);
    const lines = await linesOf(file);
    expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      'checkpoint',
      'attempt',
      'attempt',
      'attempt',
      'checkpoint',
    ]);
    expect(await verify(lines, await linesOf(`${file}.checkpoints`))).toEqual({
      kind: 'whole',
      lines: 5,
      end: 'closed',
    });
  });

  it.each<readonly [what: string, line: number, change: (lines: string[]) => void]>([
    ['a byte of a line is changed', 4, (lines: string[]) => void (lines[2] = lines[2]!.replace('"ann"', '"bob"'))],
    ['a line is taken out', 3, (lines: string[]) => void lines.splice(2, 1)],
    ['two lines change places', 3, (lines: string[]) => void lines.splice(2, 2, lines[3]!, lines[2]!)],
    ['a line stands twice', 4, (lines: string[]) => void lines.splice(2, 0, lines[2]!)],
    ['a line that is none of it is put in', 2, (lines: string[]) => void lines.splice(1, 0, '{}')],
    ['the signed beginning is taken out', 1, (lines: string[]) => void lines.shift()],
    [
      'the time of a checkpoint is changed',
      1,
      (lines: string[]) => void (lines[0] = lines[0]!.replace('2026', '2027')),
    ],
  ])('names the first bad line where %s', async (_, line, change) => {
    await write(4);
    expect(await verify(spoil(await linesOf(file), change))).toMatchObject({ kind: 'broken', line });
  });

  it('shows by the kept checkpoints that the end was cut off, and is open without them', async () => {
    await write(3);
    const cut = (await linesOf(file)).slice(0, -2);
    expect(await verify(cut, await linesOf(`${file}.checkpoints`))).toEqual({
      kind: 'broken',
      line: 4,
      reason: 'truncated',
    });
    expect(await verify(cut)).toEqual({ kind: 'whole', lines: 3, end: 'open' });
  });

  it('refuses a log that was written anew by another key', async () => {
    await write(1);
    const publicKeyPem = await readFile(`${file}.pub`, 'utf8');
    for (const ending of ['', '.key', '.pub', '.checkpoints']) await rm(file + ending);
    await write(1);
    const verdict = await verifyAuditChain(await linesOf(file), { publicKeyPem });
    expect(verdict).toEqual({ kind: 'broken', line: 1, reason: 'signature-invalid' });
  });

  it('goes on in a new chain, linked to what is there, after a restart, and after a process that died', async () => {
    await write(2);
    await write(2, {}, false);
    await write(2);
    const lines = await linesOf(file);
    expect(await verify(lines)).toEqual({ kind: 'whole', lines: 11, end: 'closed' });
    // The whole life of one process cannot be taken out.
    expect(await verify(spoil(lines, (all) => all.splice(4, 3)))).toEqual({
      kind: 'broken',
      line: 5,
      reason: 'not-started',
    });
  });

  it('holds for several processes that write to one file', async () => {
    const sinks = [jsonLines(file, { chain: true }), jsonLines(file, { chain: true })];
    for (let i = 0; i < 4; i++) await sinks[i % 2]!.write(eventOf());
    for (const sink of sinks) await sink.close?.();
    expect(await verify(await linesOf(file))).toEqual({ kind: 'whole', lines: 8, end: 'closed' });
  });

  it('goes over into the next file, each of which verifies by itself', async () => {
    await write(20, { maxBytes: 3000, maxFiles: 3 });
    const files = await Promise.all(['.3', '.2', '.1', ''].map((ending) => linesOf(file + ending)));
    for (const lines of files) {
      expect(lines.length).toBeGreaterThan(1);
      expect(await verify(lines)).toMatchObject({ kind: 'whole' });
    }
    expect(await verify(files.flat())).toMatchObject({ kind: 'whole', end: 'closed' });
    expect(await verify([...files[0]!, ...files[2]!])).toMatchObject({ kind: 'broken', line: files[0]!.length + 1 });
    expect(await linesOf(`${file}.4`)).toEqual([]);
  });

  it('signs at least each thousandth line', async () => {
    const sink = jsonLines(file, { chain: true });
    await Promise.all(Array.from({ length: 2500 }, async () => sink.write(eventOf())));
    await sink.write(eventOf());
    const at = (await linesOf(`${file}.checkpoints`)).map((line) => (JSON.parse(line) as { at: string }).at);
    expect(at).toEqual(['start', 'running']);
  });

  it('ends a line that was cut off by a crash, which is named', async () => {
    await write(1, {}, false);
    await appendFile(file, '{"half');
    await write(1);
    expect(await verify(await linesOf(file))).toEqual({ kind: 'broken', line: 3, reason: 'malformed' });
  });

  it.each([
    ['a key that cannot be read', { chain: { signingKeyFile: '/nowhere/key' } }, 'chain.signingKeyFile'],
    ['a key without a path', { chain: {} as never }, 'chain.signingKeyFile'],
    ['no number of bytes', { maxBytes: 0 }, 'maxBytes'],
    ['files without a size', { maxFiles: 3 }, 'maxFiles'],
    ['a misspelt option', { maxByte: 3 } as never, 'maxByte'],
  ])('is a fault of the options with %s', (_, options, path) => {
    const faultsOf = (): readonly string[] => {
      try {
        jsonLines(file, options);
        return [];
      } catch (error) {
        if (!isConfigurationError(error)) throw error;
        return error.faults.map((fault) => fault.path);
      }
    };
    expect(faultsOf()).toEqual([path]);
  });

  it('refuses a file that holds another kind of key, and shows nothing of it', async () => {
    await writeFile(`${file}.key`, 'no key at all');
    expect(() => jsonLines(file, { chain: true })).toThrow(/must be a private Ed25519 key/);
  });
});

describe('createAuditChain', () => {
  it('serves any store of lines, with any asymmetric key', async () => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const privateJwk = (await crypto.subtle.exportKey('jwk', privateKey)) as Record<string, unknown>;
    const publicJwk = (await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, unknown>;
    for (const name of ['key_ops', 'ext']) delete privateJwk[name];
    const signingKey = await createSigningKey({ algorithm: 'ES256', privateJwk });
    const chain = createAuditChain({ signingKey, id: 'one' });
    const lines = [
      await chain.checkpoint('start', '2026-01-01T00:00:00.000Z'),
      chain.seal(eventOf()),
      chain.seal(eventOf()),
    ];
    expect(chain.length).toBe(3);
    expect(JSON.parse(lines[2]!)).toMatchObject({
      chain: { id: 'one', number: 3, previous: hashAuditLine(lines[1]!) },
    });
    expect(await verifyAuditChain(lines, { publicJwk, algorithm: 'ES256' })).toEqual({
      kind: 'whole',
      lines: 3,
      end: 'open',
    });
  });

  it('takes no shared secret: whoever verifies must not be able to sign', async () => {
    const secretBase64 = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
    const signingKey = await createSigningKey({ algorithm: 'HS256', secretBase64 });
    expect(() => createAuditChain({ signingKey })).toThrow(/asymmetric/);
    await expect(verifyAuditChain([], { publicJwk: {}, algorithm: 'HS256' })).rejects.toThrow(/asymmetric/);
  });
});
