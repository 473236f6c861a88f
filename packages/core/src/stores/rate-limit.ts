import { Faults } from '../errors/faults.js';

const maxSeconds = 86_400;
const maxPoints = 1_000_000_000;

/** Adds every fault of a limit, if there is one, under `path`; `more` are members of whole seconds beside its own. */
export function checkRateLimit(
  limit: unknown,
  { path, more = [] }: { readonly path: string; readonly more?: readonly string[] },
  faults: Faults,
): void {
  if (limit === undefined) return;
  if (typeof limit !== 'object' || limit === null) {
    faults.add(path, 'invalid-option', 'must be an object: { points: 100, seconds: 60 }');
    return;
  }
  faults.within(path, () => {
    const found = new Faults();
    found.addUnknown(limit, ['points', 'seconds', ...more]);
    for (const name of ['points', 'seconds', ...more]) {
      const most = name === 'points' ? maxPoints : maxSeconds;
      if (!isWithin((limit as Readonly<Record<string, unknown>>)[name], most))
        found.add(name, 'invalid-option', `must be a whole number from 1 to ${most}`);
    }
    found.throwIfAny();
  });
}

const isWithin = (value: unknown, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most;
