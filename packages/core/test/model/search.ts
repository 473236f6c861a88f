import { makeCase, type Case } from './case.js';
import { Dice } from './dice.js';
import { hold, type Difference, type Tampering, type Told } from './hold.js';
import { shrink } from './shrink.js';

export interface Search {
  /** That of the first case; each case after it has the next. */
  readonly seed: number;
  /** So many decisions are compared, if none differs before. */
  readonly checks: number;
  readonly tampering?: Tampering | undefined;
  /** Told of each decision on which both agree. */
  readonly seen?: ((told: Told) => void) | undefined;
}

/** Puts random cases before guard and model until they differ; answers the case, made small, in words. */
export async function findDifference({ seed, checks, tampering, seen }: Search): Promise<string | undefined> {
  let done = 0;
  for (let at = seed; done < checks; at = (at + 1) % 2 ** 32) {
    const each = makeCase(new Dice(at));
    const difference = await holdOrName(at, each, { tampering, seen });
    if (difference !== undefined) return describeDifference(at, each, difference, tampering);
    done += each.steps.length;
  }
  return undefined;
}

/** What is thrown differs from everything: it comes with its case. */
async function holdOrName(
  seed: number,
  each: Case,
  { tampering, seen }: Pick<Search, 'tampering' | 'seen'>,
): Promise<Difference | undefined> {
  try {
    return await hold(each, tampering, seen);
  } catch (error) {
    throw new Error(`seed ${seed}, ${JSON.stringify(each)}`, { cause: error });
  }
}

async function describeDifference(seed: number, from: Case, first: Difference, tampering?: Tampering): Promise<string> {
  const wanted = kindOf(first);
  const small = await shrink(from, async (smaller) => {
    const difference = await hold(smaller, tampering);
    return difference !== undefined && kindOf(difference) === wanted;
  });
  const { step, guard, model } = (await hold(small, tampering))!;
  return `seed ${seed}, ${JSON.stringify(small)}, step ${step}:\n  guard ${JSON.stringify(guard)}\n  model ${JSON.stringify(model)}`;
}

/** Which members differ, and what each side said: a smaller case has to show the same fault, not another. */
function kindOf({ guard, model }: Difference): string {
  const members = (Object.keys(guard) as (keyof Told)[]).filter(
    (name) => JSON.stringify(guard[name]) !== JSON.stringify(model[name]),
  );
  return JSON.stringify([members, guard.kind, guard.reason, model.kind, model.reason]);
}
