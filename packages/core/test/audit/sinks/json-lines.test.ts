import type * as fs from 'node:fs/promises';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { formatJsonLine } from '../../../src/audit/json-line.js';
import { jsonLines } from '../../../src/audit/sinks/json-lines.js';
import { emitterFor, eventOf } from '../../fixtures/events.js';

vi.mock('node:fs/promises', async (load) => {
  const original = await load<typeof fs>();
  return { ...original, appendFile: vi.fn<typeof original.appendFile>(original.appendFile) };
});

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-lines-'));
  file = join(folder, 'audit.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const readIds = async (): Promise<string[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { id: string }).id);

describe('jsonLines', () => {
  it('writes one event a line, in order, in batches', async () => {
    const sink = jsonLines(file);
    const ids = Array.from({ length: 500 }, (_, i) => `event-${i}`);
    vi.mocked(appendFile).mockClear();
    for (const id of ids) void sink.write(eventOf({ id }));
    await sink.flush?.();
    expect(await readIds()).toEqual(ids);
    expect(vi.mocked(appendFile).mock.calls.length).toBeLessThan(5);
  });

  it('makes a file that nobody else may read', async () => {
    const sink = jsonLines(file);
    await sink.write(eventOf());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('goes on behind what is there', async () => {
    for (const id of ['1', '2']) {
      const sink = jsonLines(file);
      void sink.write(eventOf({ id }));
      await sink.close?.();
    }
    expect(await readIds()).toEqual(['1', '2']);
  });

  it('writes on close what was given before', async () => {
    const sink = jsonLines(file);
    void sink.write(eventOf({ id: '1' }));
    void sink.write(eventOf({ id: '2' }));
    await sink.close?.();
    expect(await readIds()).toEqual(['1', '2']);
  });

  it('counts every event as lost where the path fails, and none where it works', async () => {
    const errors: unknown[] = [];
    const emitter = emitterFor([jsonLines(join(folder, 'missing', 'audit.jsonl'))], (error) => errors.push(error));
    void emitter.emit(eventOf());
    await vi.waitUntil(() => emitter.lost === 1);
    void emitter.emit(eventOf());
    await vi.waitUntil(() => emitter.lost === 2);
    expect(errors).toMatchObject([{ code: 'ENOENT' }, { code: 'ENOENT' }]);
  });

  it('closes in peace where the path fails while it is written', async () => {
    const emitter = emitterFor([jsonLines(join(folder, 'missing', 'audit.jsonl'))], () => undefined);
    void emitter.emit(eventOf());
    await expect(emitter.close()).resolves.toBeUndefined();
  });

  it('never writes later what it has counted as lost', async () => {
    const emitter = emitterFor([jsonLines(file)], () => undefined);
    vi.mocked(appendFile).mockRejectedValueOnce(new Error('disk full'));
    void emitter.emit(eventOf({ id: '1' }));
    void emitter.emit(eventOf({ id: '2' }));
    await vi.waitUntil(() => emitter.lost > 0);
    void emitter.emit(eventOf({ id: '3' }));
    await emitter.flush();
    // Beside the line that tells how many were lost.
    const written = (await readIds()).filter((id) => id.length === 1);
    expect(written.length + emitter.lost).toBe(3);
    expect(written).toContain('3');
  });

  it('drops events where the disk hangs, instead of holding them without end', () => {
    vi.mocked(appendFile).mockReturnValueOnce(new Promise(() => undefined));
    const sink = jsonLines(file);
    const write = (): void => void sink.write(eventOf());
    expect(() => {
      for (let i = 0; i < 20_002; i++) write();
    }).toThrow(/too slow/);
  });
});

describe('formatJsonLine', () => {
  const ranges = [
    [0, 0x1f],
    [0x7f, 0x9f],
    [0x2028, 0x2029],
    [0x200e, 0x200f],
    [0x202a, 0x202e],
    [0x2066, 0x2069],
  ] as const;

  it('leaves no character that ends a line or that a terminal acts on (CWE-117)', () => {
    const text = ranges
      .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)))
      .join('');
    const line = formatJsonLine(eventOf({ subject: text, device: { userAgent: text } }));
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(line)).toMatchObject({ subject: text, device: { userAgent: text } });
  });

  it('leaves no control of direction that Unicode knows', () => {
    const controls = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((char) =>
      /\p{Bidi_Control}/u.test(char),
    );
    const line = formatJsonLine(eventOf({ subject: controls.join('') }));
    expect(controls.filter((char) => line.includes(char)).map((char) => char.codePointAt(0)?.toString(16))).toEqual([]);
  });

  it('keeps letters of every language as they are', () => {
    expect(formatJsonLine(eventOf({ subject: 'Zoë 山田 😀' }))).toContain('Zoë 山田 😀');
  });

  it('escapes half a character, so that every line is UTF-8', () => {
    expect(formatJsonLine(eventOf({ subject: '\ud800' })).isWellFormed()).toBe(true);
  });
});
