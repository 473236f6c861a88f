import { appendFile, rename, rm, stat } from 'node:fs/promises';

/** A file that is put aside when it is full. */
export class RotatedFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  /** Of the file; undefined until it was looked at. */
  #size: number | undefined;

  constructor(
    path: string,
    { maxBytes = Infinity, maxFiles = 10 }: { readonly maxBytes?: number; readonly maxFiles?: number },
  ) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#maxFiles = maxFiles;
  }

  /**
   * Puts the file aside where a text does not fit behind what is there.
   * @param beside endings of files that go with it
   * @returns whether it did
   */
  async rotateFor(text: string, beside: readonly string[] = []): Promise<boolean> {
    if (this.#maxBytes === Infinity) return false;
    this.#size ??= await stat(this.#path).then(
      ({ size }) => size,
      () => 0,
    );
    if (this.#size === 0 || this.#size + Buffer.byteLength(text) <= this.#maxBytes) return false;
    for (const ending of ['', ...beside]) {
      await rm(`${this.#path}.${this.#maxFiles}${ending}`, { force: true });
      for (let number = this.#maxFiles - 1; number >= 1; number--)
        await moveIfThere(`${this.#path}.${number}${ending}`, `${this.#path}.${number + 1}${ending}`);
      await moveIfThere(`${this.#path}${ending}`, `${this.#path}.1${ending}`);
    }
    this.#size = 0;
    return true;
  }

  async append(text: string): Promise<void> {
    await appendFile(this.#path, text, { mode: 0o600 });
    if (this.#size !== undefined) this.#size += Buffer.byteLength(text);
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
