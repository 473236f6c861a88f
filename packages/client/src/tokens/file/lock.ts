import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds after which a lock that nobody touches is that of a process which is gone. */
const staleMs = 4000;
/** Milliseconds between two touches of who holds it. */
const touchMs = 1000;
const firstPauseMs = 5;
const longestPauseMs = 100;

/**
 * Waits for a lock file that one process has at a time, and answers how to let it go. Who holds it touches it each second; where that
 * stops, another takes it after 4 s.
 */
export async function acquireLock(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const owner = globalThis.crypto.randomUUID();
  for (let pauseMs = firstPauseMs; !(await create(path, owner)); pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal?.throwIfAborted();
    if (await isStale(path)) await takeAway(path, owner);
    else await sleep(pauseMs, undefined, signal && { signal });
  }
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, touchMs).unref();
  return async () => {
    clearInterval(touching);
    // Whoever took it for stale has made another: that one stays.
    if ((await ownerOf(path)) === owner) await rm(path, { force: true });
  };
}

/** One of all who try succeeds (O_EXCL). */
async function create(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(owner);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > staleMs;
}

/** Moved first: of two who find it stale one moves it, and the other must not remove the lock that follows. */
async function takeAway(path: string, owner: string): Promise<void> {
  const moved = `${path}.${owner}`;
  try {
    await rename(path, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Another was faster, and this is the lock that followed.
  if (!(await isStale(moved))) await link(moved, path).catch(() => undefined);
  await rm(moved, { force: true });
}

const ownerOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
