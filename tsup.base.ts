import { defineConfig } from 'tsup';

interface Build {
  entry: string[];
  platform: 'neutral' | 'node';
  external?: RegExp[];
  sourcemap?: boolean;
}

/** JavaScript only: the declarations come from tsc. */
export function build({ entry, platform, external = [], sourcemap = true }: Build): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    platform,
    format: ['esm'],
    target: 'es2022',
    dts: false,
    sourcemap,
    clean: true,
    // tsup would turn `node:crypto` into `crypto`.
    removeNodeProtocol: false,
    splitting: true,
    treeshake: false,
    external: [/^node:/, ...external],
  });
}
