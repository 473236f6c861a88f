import type { Redis } from './redis.js';
import { changesSince, keysOf, latestOf, readPair, type Revoked } from './revocation-scripts.js';

// Two looks within the time for which a copy is trusted: one that is late costs nothing.
const pullEveryMs = 400;
const trustMs = 1000;
const most = 1000;

/** The revocations of Redis as this process knows them. */
export class RevocationMirror {
  readonly #redis: Redis;
  readonly #maxEntries: number;
  #entries = new Map<string, Revoked>();
  #epoch = '';
  #version = 0;
  /** When Redis was asked that answered what stands here. */
  #comparedMs = Number.NEGATIVE_INFINITY;
  #pulling: Promise<void> | undefined;
  #again = false;

  constructor(redis: Redis, maxEntries: number) {
    this.#redis = redis;
    this.#maxEntries = maxEntries;
  }

  /** @returns how to stop */
  start(): () => void {
    if (this.#maxEntries === 0) return () => undefined;
    void this.pull();
    const timer = setInterval(() => void this.pull(), pullEveryMs);
    // Watching alone keeps no process alive.
    timer.unref();
    return () => {
      clearInterval(timer);
      this.#comparedMs = Number.NEGATIVE_INFINITY;
    };
  }

  isTrusted(): boolean {
    return performance.now() - this.#comparedMs < trustMs;
  }

  find(keys: readonly string[], now: number): number | undefined {
    if (this.#entries.size === 0) return undefined;
    return latestOf(
      keys.flatMap((key) => this.#entries.get(key) ?? []),
      now,
    );
  }

  /** What this process has told Redis itself. */
  add(key: string, { issuedBefore, until }: Revoked): void {
    const known = this.#entries.get(key);
    this.#entries.set(key, {
      issuedBefore: Math.max(issuedBefore, known?.issuedBefore ?? issuedBefore),
      until: Math.max(until, known?.until ?? until),
    });
  }

  /** Takes what has changed. Where Redis is down the copy grows old, and is trusted no more. Never rejects. */
  pull(): Promise<void> {
    if (this.#maxEntries === 0) return Promise.resolve();
    // What changed after the question was sent is in no answer to it.
    this.#again = this.#pulling !== undefined;
    this.#pulling ??= this.#pullAll().finally(() => {
      this.#pulling = undefined;
      if (this.#again) void this.pull();
    });
    return this.#pulling;
  }

  async #pullAll(): Promise<void> {
    try {
      while (!(await this.#pullSome()));
    } catch {
      // Whoever looks up asks Redis itself, and hears of it.
    }
  }

  /** @returns whether that was all */
  async #pullSome(): Promise<boolean> {
    const { entries, log, state } = keysOf(this.#redis.prefix);
    const askedMs = performance.now();
    const args = [this.#epoch, String(this.#version), String(most)];
    const answer = await this.#redis.run(changesSince, [entries, log, state], args);
    if (!Array.isArray(answer)) throw new Error('redis: revocations are not as they were written');
    const [epoch, version, count, ...changed] = answer.map(String);
    if (epoch !== this.#epoch || Number(version) < this.#version) this.#entries = new Map();
    if (Number(count) > this.#maxEntries) {
      this.#entries.clear();
      this.#version = 0;
      return true;
    }
    for (let index = 0; index < changed.length; index += 2)
      this.#entries.set(changed[index]!, readPair(changed[index + 1]));
    [this.#epoch, this.#version] = [epoch!, Number(version)];
    if (changed.length === 2 * most) return false;
    this.#comparedMs = askedMs;
    this.#forgetEnded();
    return true;
  }

  /** Redis tells of none that it has forgotten: where there are too many, all are taken anew. */
  #forgetEnded(): void {
    if (this.#entries.size <= this.#maxEntries * 2) return;
    this.#entries.clear();
    this.#version = 0;
    this.#comparedMs = Number.NEGATIVE_INFINITY;
  }
}
