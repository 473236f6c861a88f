import { rememberingVerifier } from '../libraries/auth-core.js';
import { fastJwtVerifier } from '../libraries/fast-jwt.js';
import { rawVerifier } from '../libraries/raw.js';
import * as names from '../libraries/rivals.js';
import { rivals } from '../libraries/rivals.js';
import { cpuMicroseconds, cpuRatio, tableOf } from '../measure/compare.js';
import { race, type Laps } from '../measure/race.js';
import type { Target } from '../report/target.js';
import { makeMaterial, makeSample, type AlgorithmName } from '../tokens.js';
import { joinFindings, type Findings, type Section } from './section.js';

const tokens = 32;

/** Most that a verification may cost, by the primitive alone. */
const limits: Readonly<Record<AlgorithmName, number>> = { RS256: 1.25, ES256: 1.15, EdDSA: 1.08, HS256: 2 };

interface Lead {
  readonly over: string;
  readonly least: number;
}

/** How much faster than others. Node 24 slows what hands options to its primitives, so that the leads differ. */
const leads: Readonly<Record<AlgorithmName, readonly Lead[]>> = process.versions.node.startsWith('24.')
  ? {
      RS256: [
        { over: names.jsonwebtoken, least: 1.5 },
        { over: names.fastJwt, least: 2.3 },
        { over: names.joseInFlight, least: 1.6 },
      ],
      ES256: [
        { over: names.jsonwebtoken, least: 1.2 },
        { over: names.fastJwt, least: 1.2 },
        { over: names.joseInFlight, least: 1.3 },
      ],
      EdDSA: [],
      HS256: [{ over: names.fastJwt, least: 1.4 }],
    }
  : {
      RS256: [
        { over: names.fastJwt, least: 1.1 },
        { over: names.joseInFlight, least: 1.6 },
      ],
      ES256: [
        { over: names.fastJwt, least: 1.03 },
        { over: names.joseInFlight, least: 1.3 },
      ],
      EdDSA: [],
      HS256: [{ over: names.fastJwt, least: 1.4 }],
    };

/** Tokens that are good, verified anew each time. */
export const jwt: Section = async ({ pace }) => {
  const findings: Findings[] = [];
  for (const algorithm of Object.keys(limits) as AlgorithmName[]) {
    const material = makeMaterial(algorithm);
    const samples = Array.from({ length: tokens }, () => makeSample(material));
    const verifyRaw = rawVerifier(material);
    const verifyCached = fastJwtVerifier(material, { cache: true });
    const verifyRemembered = rememberingVerifier(material);
    const laps = await race(
      [
        { name: names.raw, judge: (index) => verifyRaw(samples[index % tokens]!) },
        ...(await rivals(material, samples)),
        { name: names.fastJwtCached, judge: (index) => verifyCached(samples[index % tokens]!) },
        { name: names.schemeRemembering, judge: (index) => verifyRemembered(samples[index % tokens]!) },
      ],
      pace,
      true,
    );
    const title = `${algorithm}: good tokens of ${samples[0]!.token.length} bytes`;
    findings.push({ tables: [tableOf(title, laps, names.raw)], targets: targetsOf(algorithm, laps) });
  }
  return joinFindings(findings);
};

function targetsOf(algorithm: AlgorithmName, laps: Laps): readonly Target[] {
  return [
    {
      what: `${algorithm}: the scheme by node:crypto`,
      measured: cpuRatio(laps, names.scheme, names.raw).median,
      limit: limits[algorithm],
      unit: 'x',
    },
    ...(algorithm === 'HS256'
      ? []
      : [
          {
            what: `${algorithm}: a token that comes again`,
            measured: cpuMicroseconds(laps, names.schemeRemembering),
            limit: 2.5,
            unit: 'us',
          } as const,
        ]),
    ...leads[algorithm].map(({ over, least }): Target => ({
      what: `${algorithm}: ${over} by the scheme`,
      measured: cpuRatio(laps, over, names.scheme).median,
      limit: least,
      atLeast: true,
      unit: 'x',
    })),
  ];
}
