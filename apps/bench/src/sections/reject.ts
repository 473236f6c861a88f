import { randomBytes } from 'node:crypto';

import { rawVerifier } from '../libraries/raw.js';
import * as names from '../libraries/rivals.js';
import { rivals } from '../libraries/rivals.js';
import { cpuMicroseconds, cpuRatio, tableOf } from '../measure/compare.js';
import { race, type Laps } from '../measure/race.js';
import type { Target } from '../report/target.js';
import { claimsNow, makeMaterial, makeSample, sampleOf, type Material, type Sample } from '../tokens.js';
import { joinFindings, type Findings, type Section } from './section.js';

const tokens = 32;

interface Kind {
  readonly title: string;
  readonly make: () => Sample;
  readonly target: (laps: Laps) => Omit<Target, 'what'>;
}

const atMostUs =
  (limit: number): Kind['target'] =>
  (laps) => ({ measured: cpuMicroseconds(laps, names.scheme), limit, unit: 'us' });

const atMostRaw =
  (limit: number): Kind['target'] =>
  (laps) => ({ measured: cpuRatio(laps, names.scheme, names.raw).median, limit, unit: 'x' });

/** @param forger has another key of the same kind */
function kindsOf(material: Material, forger: Material): readonly Kind[] {
  const header = { alg: 'RS256', typ: 'at+jwt', kid: 'key-1' };
  const now = Math.floor(Date.now() / 1000);
  const signed = (change: object): Sample => makeSample(material, { ...claimsNow(), ...change });
  return [
    { title: 'forged signature', make: () => makeSample(forger), target: atMostRaw(1.15) },
    { title: 'alg none', make: () => withoutSignature(material), target: atMostUs(2) },
    { title: 'payload is no JSON', make: () => garbled(material), target: atMostUs(2) },
    {
      title: 'unknown key',
      make: () => makeSample(forger, claimsNow(), { ...header, kid: 'key-2' }),
      target: atMostUs(2),
    },
    { title: 'wrong audience', make: () => signed({ aud: 'https://other.example' }), target: atMostUs(5) },
    { title: 'expired', make: () => signed({ iat: now - 1200, exp: now - 600 }), target: atMostUs(5) },
  ];
}

function withoutSignature(material: Material): Sample {
  const { token } = makeSample(material, claimsNow(), { alg: 'none', typ: 'at+jwt' });
  return sampleOf(token.slice(0, token.lastIndexOf('.') + 1));
}

function garbled(material: Material): Sample {
  const [header, , signature] = makeSample(material).token.split('.');
  return sampleOf([header, randomBytes(200).toString('base64url'), signature].join('.'));
}

/** Tokens that are bad: what an attacker makes a server do. */
export const reject: Section = async ({ pace }) => {
  const material = makeMaterial('RS256');
  const forger = makeMaterial('RS256');
  const verifyRaw = rawVerifier(material);
  const forged = Array.from({ length: tokens }, () => makeSample(forger));
  const findings: Findings[] = [];
  for (const { title, make, target } of kindsOf(material, forger)) {
    const samples = Array.from({ length: tokens }, make);
    const laps = await race(
      [{ name: names.raw, judge: (index) => verifyRaw(forged[index % tokens]!) }, ...(await rivals(material, samples))],
      pace,
      false,
    );
    findings.push({
      tables: [tableOf(`RS256, refused: ${title} (node:crypto: one forged signature)`, laps, names.raw)],
      targets: [{ what: `refused, ${title}: the scheme`, ...target(laps) }],
    });
  }
  return joinFindings(findings);
};
