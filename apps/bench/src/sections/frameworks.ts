import { generateApiKey } from '@auth/core';

import { Load } from '../measure/load.js';
import { ServerProcess } from '../measure/server-process.js';
import { difference, paired, ratio, shuffled, spreadOf } from '../measure/statistics.js';
import type { Table } from '../report/table.js';
import type { Target } from '../report/target.js';
import { microseconds, timesSpread } from '../report/units.js';
import { path, type Guarding, type Setup } from '../servers/setup.js';
import { makeMaterial, makeSample } from '../tokens.js';
import { joinFindings, type Findings, type RequestPace, type Section } from './section.js';

/** What people use otherwise. */
const rivals: Readonly<Record<string, string>> = {
  express: 'express-jwt',
  fastify: '@fastify/jwt',
  koa: 'koa-jwt',
  nest: '@nestjs/jwt',
  fetch: 'jose',
};

const guardings: readonly Guarding[] = ['nothing', 'node:crypto', 'api key', 'jwt', 'rival'];
const tokens = 64;

/** What each server took in each round, for one request. */
type Measured = ReadonlyMap<Guarding, { readonly cpuUs: readonly number[]; readonly perSecond: readonly number[] }>;

/** What a guard costs in a server: each a process of its own, asked in random order. */
export const frameworks: Section = async ({ requests: pace }) => {
  const findings: Findings[] = [];
  for (const framework of Object.keys(rivals)) {
    const measured = await measureFramework(framework, pace);
    findings.push({ tables: [tableOf(framework, measured)], targets: targetsOf(framework, measured) });
  }
  return joinFindings(findings);
};

async function measureFramework(framework: string, pace: RequestPace): Promise<Measured> {
  const { setup, requestsOf } = prepare(framework);
  const wanted: readonly Guarding[] = framework === 'fastify' ? [...guardings, 'rival, cached'] : guardings;
  const runners: Runner[] = [];
  try {
    for (const guarding of wanted) runners.push(await Runner.start({ ...setup, guarding }, requestsOf(guarding), pace));
    for (let round = 0; round < pace.rounds; round++)
      for (const runner of shuffled(runners)) await runner.run(pace.requests);
    return new Map(runners.map(({ guarding, cpuUs, perSecond }) => [guarding, { cpuUs, perSecond }]));
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()));
  }
}

/** One server, and what was measured of it. */
class Runner {
  readonly cpuUs: number[] = [];
  readonly perSecond: number[] = [];
  readonly guarding: Guarding;
  readonly #server: ServerProcess;
  readonly #load: Load;
  readonly #requests: readonly string[];

  private constructor(guarding: Guarding, server: ServerProcess, load: Load, requests: readonly string[]) {
    this.guarding = guarding;
    this.#server = server;
    this.#load = load;
    this.#requests = requests;
  }

  static async start(setup: Setup, requests: readonly string[], pace: RequestPace): Promise<Runner> {
    const server = await ServerProcess.start(setup);
    try {
      const load = await Load.open(server.port, pace.connections);
      await load.send(requests, pace.warmUp);
      return new Runner(setup.guarding, server, load, requests);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async run(count: number): Promise<void> {
    const cpuBefore = await this.#server.cpuUs();
    const startedMs = performance.now();
    await this.#load.send(this.#requests, count);
    const wallMs = performance.now() - startedMs;
    this.cpuUs.push(((await this.#server.cpuUs()) - cpuBefore) / count);
    this.perSecond.push((count * 1000) / wallMs);
  }

  async stop(): Promise<void> {
    this.#load.close();
    await this.#server.stop();
  }
}

interface Prepared {
  readonly setup: Omit<Setup, 'guarding'>;
  readonly requestsOf: (guarding: Guarding) => readonly string[];
}

/** The same requests for all but those of API keys. */
function prepare(framework: string): Prepared {
  const material = makeMaterial('RS256');
  const samples = Array.from({ length: tokens }, () => makeSample(material));
  const { input, signature } = samples[0]!;
  const apiKey = generateApiKey('acme');
  const bearing = samples.map(({ authorization }) => requestOf(`Authorization: ${authorization}`));
  const signed = { input: input.toString('base64'), signature: signature.toString('base64') };
  return {
    setup: { framework, jwk: material.jwk!, pem: material.pem!, apiKey, signed },
    requestsOf: (guarding) => (guarding === 'api key' ? [requestOf(`X-API-Key: ${apiKey}`)] : bearing),
  };
}

const requestOf = (credentials: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: bench/1.0',
    'Accept: application/json',
    'Accept-Encoding: gzip, deflate',
    credentials,
    '',
    '',
  ].join('\r\n');

function tableOf(framework: string, measured: Measured): Table {
  const nothing = measured.get('nothing')!;
  return {
    title: `${framework} (rival: ${rivals[framework]})`,
    columns: ['guard', 'cpu us', 'more than none', 'cpu / none', 'requests per second / none'],
    rows: [...measured].map(([guarding, { cpuUs, perSecond }]) => [
      guarding,
      microseconds(spreadOf(cpuUs).median),
      microseconds(paired(cpuUs, nothing.cpuUs, difference).median),
      timesSpread(paired(cpuUs, nothing.cpuUs, ratio)),
      timesSpread(paired(perSecond, nothing.perSecond, ratio)),
    ]),
  };
}

function targetsOf(framework: string, measured: Measured): readonly Target[] {
  const more = (guarding: Guarding, than: Guarding): number =>
    paired(measured.get(guarding)!.cpuUs, measured.get(than)!.cpuUs, difference).median;
  return [
    { what: `${framework}: RS256 over node:crypto`, measured: more('jwt', 'node:crypto'), limit: 30, unit: 'us' },
    {
      what: `${framework}: RS256 by ${rivals[framework]}, both over none`,
      measured: more('jwt', 'nothing') / more('rival', 'nothing'),
      limit: 0.5,
      unit: 'x',
    },
  ];
}
