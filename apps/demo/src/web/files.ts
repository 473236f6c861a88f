import { readFile } from 'node:fs/promises';

import { pageFolder } from '../page-folder.js';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'matrix.css': 'text/css; charset=utf-8',
  'panels.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'main.js': 'text/javascript; charset=utf-8',
  'api.js': 'text/javascript; charset=utf-8',
  'dom.js': 'text/javascript; charset=utf-8',
  'matrix.js': 'text/javascript; charset=utf-8',
  'roving.js': 'text/javascript; charset=utf-8',
  'detail.js': 'text/javascript; charset=utf-8',
  'http-text.js': 'text/javascript; charset=utf-8',
  'token.js': 'text/javascript; charset=utf-8',
  'stream.js': 'text/javascript; charset=utf-8',
  'panel.js': 'text/javascript; charset=utf-8',
  'keys.js': 'text/javascript; charset=utf-8',
  'score.js': 'text/javascript; charset=utf-8',
};

/** The files of the page by path; nothing else of the disk is served. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const entries = Object.entries(types).map(async ([name, type]) => {
    const content = await readFile(new URL(name, pageFolder));
    return [name === 'index.html' ? '/' : `/${name}`, { type, content }] as const;
  });
  return new Map(await Promise.all(entries));
}
