/** The packages that are published, as their manifests say. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface PublicPackage {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
  /** What can be imported: key of `exports`, declarations and JavaScript as built. */
  readonly entries: readonly { readonly key: string; readonly types: string; readonly file: string }[];
}

export function publicPackages(): readonly PublicPackage[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => {
      const folder = join(root, 'packages', name);
      return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest };
    })
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({
      name: manifest.name,
      folder,
      manifest,
      entries: Object.entries(manifest.exports).flatMap(([key, target]) => {
        const { types, default: file } = (typeof target === 'object' ? target : {}) as {
          types?: string;
          default?: string;
        };
        return types === undefined || file === undefined
          ? []
          : [{ key, types: join(folder, types), file: join(folder, file) }];
      }),
    }));
}
