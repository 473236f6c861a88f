import { jwt } from '@auth/core';

import { judgeByScheme } from '../libraries/auth-core.js';
import { cpuRatio, tableOf } from '../measure/compare.js';
import { race, type Case } from '../measure/race.js';
import { requestWith } from '../requests.js';
import { audience, issuer, makeMaterial, makeSample, type Material } from '../tokens.js';
import type { Section } from './section.js';

const nameOf = (what: string, size: number): string => `${what}, ${size} keys`;
const taken = 'good token';
const unknown = 'token of an unknown key';

/** Tokens of an issuer with few keys and with many: what a request costs must not depend on how many there are. */
export const keySets: Section = async ({ pace, setSizes }) => {
  const material = makeMaterial('ES256');
  const sets = setSizes.map((size) => makeSet(material, size));
  const accepted = await race(
    sets.map((set) => set.accept),
    pace,
    true,
  );
  const refused = await race(
    sets.map((set) => set.refuse),
    pace,
    false,
  );
  const [few, many] = [setSizes[0]!, setSizes.at(-1)!];
  const growth = (laps: typeof accepted, what: string): number =>
    cpuRatio(laps, nameOf(what, many), nameOf(what, few)).median;
  return {
    tables: [
      tableOf('Key sets: taken', accepted, nameOf(taken, few)),
      tableOf('Key sets: refused', refused, nameOf(unknown, few)),
    ],
    targets: [
      { what: `key set: ${many} keys / ${few}, ${taken}`, measured: growth(accepted, taken), limit: 1.1, unit: 'x' },
      { what: `key set: ${many} keys / ${few}, ${unknown}`, measured: growth(refused, unknown), limit: 1.1, unit: 'x' },
    ],
  };
};

function makeSet(material: Material, size: number): { readonly accept: Case; readonly refuse: Case } {
  // Names differ, which is what is looked up by; the key that signs is the last.
  const keys = Array.from({ length: size }, (_, index) => ({ ...material.jwk!, kid: `key-${size - index}` }));
  const scheme = jwt({ issuer, audience, jwks: { keys }, maxRememberedSignatures: 0 });
  const good = makeSample(material);
  const stranger = makeSample(material, undefined, { alg: 'ES256', typ: 'at+jwt', kid: 'nobody' });
  const judge = ({ authorization }: typeof good) => judgeByScheme(scheme, requestWith('Authorization', authorization));
  return {
    accept: { name: nameOf(taken, size), judge: () => judge(good) },
    refuse: { name: nameOf(unknown, size), judge: () => judge(stranger) },
  };
}
