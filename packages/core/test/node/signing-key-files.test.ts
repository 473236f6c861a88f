import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isConfigurationError } from '../../src/index.js';
import { createFileSigningKeys } from '../../src/node.js';
import { signingKeyStoreContract } from '../../src/testing.js';

let root: string;
let made = 0;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signing-keys-'));
});
afterEach(async () => rm(root, { recursive: true }));

const directoryOf = (): string => join(root, `keys-${made++}`);

describe('signing keys in files', () => {
  it.each(signingKeyStoreContract(() => createFileSigningKeys({ directory: directoryOf() })))('$title', ({ run }) =>
    expect(run()).resolves.toBeUndefined(),
  );
});

const key = { keyid: 'a'.repeat(43), value: 'sealed' };

describe('createFileSigningKeys', () => {
  it('is one store for all who have the directory, which its owner alone can read', async () => {
    const directory = directoryOf();
    expect(await createFileSigningKeys({ directory }).add(key, null)).toBe(true);
    expect(await createFileSigningKeys({ directory }).list()).toEqual([key]);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    const [name] = await readdir(directory);
    expect((await stat(join(directory, name!))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toHaveLength(1);
  });

  it('passes over what is no key, and removes what a process left that ended while it wrote, after an hour', async () => {
    const directory = directoryOf();
    const store = createFileSigningKeys({ directory });
    await store.add(key, null);
    const left = ['11111111', '22222222'].map((head) => join(directory, `${head}-1111-4111-8111-111111111111.new`));
    for (const path of left) await writeFile(path, '{"keyid":"hal');
    await writeFile(join(directory, 'notes.txt'), 'mine');
    const longAgo = new Date(Date.now() - 3_601_000);
    await utimes(left[0]!, longAgo, longAgo);
    expect(await store.list()).toEqual([key]);
    await store.remove('nobody');
    expect((await readdir(directory)).toSorted()).toEqual([
      '0000000001.json',
      '22222222-1111-4111-8111-111111111111.new',
      'notes.txt',
    ]);
  });

  it('throws for a file that is broken, and never shows it as no key', async () => {
    const directory = directoryOf();
    const store = createFileSigningKeys({ directory });
    await store.add(key, null);
    const path = join(directory, '0000000001.json');
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, -4));
    await expect((async () => store.list())()).rejects.toThrow('JSON');
    await writeFile(path, '{"keyid":1}');
    await expect((async () => store.list())()).rejects.toThrow('holds no signing key');
  });

  it.each([
    ['directory', {}],
    ['directory', { directory: '' }],
    ['path', { directory: '/x', path: 'y' }],
  ])('is not made with a wrong %s', (path, options) => {
    let thrown: unknown;
    try {
      createFileSigningKeys(options as { directory: string });
    } catch (error) {
      thrown = error;
    }
    expect(isConfigurationError(thrown) && thrown.faults.map((fault) => fault.path)).toEqual([path]);
  });
});
