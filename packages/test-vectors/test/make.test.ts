import { describe, expect, it } from 'vitest';

interface Made {
  readonly file: URL;
  readonly before: string;
  readonly after: string;
}

describe('tools/make.ts', () => {
  it('would change nothing: every token is what its recipe makes', async () => {
    const path = new URL('../tools/make.ts', import.meta.url).href;
    const { makeFiles } = (await import(path)) as { makeFiles: () => Promise<readonly Made[]> };
    const files = await makeFiles();
    expect(files).toHaveLength(8);
    expect(files.filter(({ before, after }) => before !== after).map(({ file }) => file.pathname)).toEqual([]);
  });
});
