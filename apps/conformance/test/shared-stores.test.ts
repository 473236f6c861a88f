import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { request as send } from 'node:http';

import { generateApiKey } from '@auth/core';
import * as DPoP from 'dpop';
import { Redis as RedisClient } from 'ioredis';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type GenerateKeyPairResult,
  type JSONWebKeySet,
} from 'jose';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { hasPostgres, startPostgres, type PostgresServer } from '../../../tools/test-servers/postgres.js';
import { hasRedis, startRedis, type RedisServer } from '../../../tools/test-servers/redis.js';
import { useProgram } from './program.js';

const program = useProgram();
const [issuer, audience, host] = ['https://issuer.example', 'https://api.example', 'api.example'];
const hookSecret = randomBytes(24).toString('base64');
const key = generateApiKey('acme');
const limited = generateApiKey('acme');
const clientSecret = randomBytes(32).toString('base64url');
const password = randomUUID();

let redis: RedisServer;
let postgres: PostgresServer;
let database: Pool;
let signing: GenerateKeyPairResult;
beforeAll(async () => {
  if (!hasRedis || !hasPostgres) return;
  // Persistent, as the README of @auth/redis asks for.
  [redis, postgres] = await Promise.all([startRedis(['--appendonly', 'yes']), startPostgres()]);
  database = new Pool({ connectionString: postgres.url });
  signing = await generateKeyPair('ES256');
}, 60_000);
afterAll(async () => {
  await database?.end();
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Process {
  readonly url: string;
  /** One request, for the host that both processes serve. */
  ask(path: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Answer>;
  control(command: object): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

async function configurationOf(prefix: string): Promise<object> {
  const inRedis = { type: 'redis', url: redis.url, prefix };
  const inPostgres = { type: 'postgres', url: postgres.url, prefix };
  return {
    control: true,
    stores: {
      type: 'each',
      replay: inRedis,
      revocation: inRedis,
      rateLimits: inRedis,
      tokens: inRedis,
      keys: inRedis,
      credentials: inPostgres,
      audit: inPostgres,
    },
    schemes: {
      access: {
        type: 'jwt',
        issuer,
        audience,
        dpop: 'allow',
        revocation: 'check',
        algorithms: ['ES256'],
        jwks: { keys: [{ ...(await exportJWK(signing.publicKey)), kid: 'k', alg: 'ES256' }] },
      },
      hooks: {
        type: 'hmac',
        profile: 'standard-webhooks',
        keys: [{ secret: `whsec_${hookSecret}`, subject: 'sender' }],
      },
      keys: {
        type: 'apiKey',
        prefix: 'acme',
        keys: [
          { id: 'k1', key, subject: 'svc-1' },
          { id: 'k2', key: limited, subject: 'svc-2' },
        ],
      },
      users: { type: 'basic', users: [{ username: 'alice', password }] },
    },
    issuer: {
      issuer: `${audience}/oauth`,
      mount: '/oauth',
      clients: [{ clientId: 'svc', clientSecret, scopes: ['orders:read'] }],
    },
    routes: [
      { method: 'GET', path: '/access', require: { scheme: 'access' } },
      { method: 'POST', path: '/hook', require: { scheme: 'hooks' } },
      { method: 'GET', path: '/key', require: { scheme: 'keys' } },
      { method: 'GET', path: '/limited', require: { scheme: 'keys' }, limit: { points: 10, seconds: 3600 } },
      { method: 'GET', path: '/user', require: { scheme: 'users' } },
    ],
  };
}

/** Two processes over the same stores; what others have written there is not seen. */
async function startTwo(prefix: string): Promise<readonly [a: Process, b: Process]> {
  const file = await program.write(`${prefix}.json`, await configurationOf(prefix));
  const one = async (): Promise<Process> => {
    const { child, firstLine, ended } = program.run('serve', '--framework', 'fastify', '--config', file);
    const line = await firstLine.catch(async () => Promise.reject(new Error((await ended).stderr)));
    const told = JSON.parse(line) as { url: string; control: string };
    return {
      url: told.url,
      ask: (...args) => ask(told.url, ...args),
      async control(command) {
        const answer = await fetch(told.control, { method: 'POST', body: JSON.stringify(command) });
        const json = (await answer.json()) as Readonly<Record<string, string>>;
        if (answer.status !== 200) throw new Error(JSON.stringify(json));
        return json;
      },
      async stop() {
        child.kill('SIGTERM');
        expect((await ended).code).toBe(0);
      },
    };
  };
  return Promise.all([one(), one()]);
}

/** `fetch` lets nobody name the host. */
function ask(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const outgoing = send(`${url}${path}`, { method, headers: { host, ...headers }, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A token bound to a key, and what proves that key once. */
async function bound(
  jti: string,
): Promise<{ readonly token: string; proof(): Promise<Readonly<Record<string, string>>> }> {
  const pair = await DPoP.generateKeyPair('ES256');
  const claims = { cnf: { jkt: await DPoP.calculateThumbprint(pair.publicKey) }, client_id: 'svc', jti };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('anna')
    .setIssuedAt()
    .setExpirationTime('5 minutes')
    .sign(signing.privateKey);
  return {
    token,
    proof: async () => ({
      authorization: `DPoP ${token}`,
      dpop: await DPoP.generateProof(pair, `http://${host}/access`, 'GET', undefined, token),
    }),
  };
}

function webhook(id: string, body: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const mac = createHmac('sha256', Buffer.from(hookSecret, 'base64')).update(`${id}.${timestamp}.${body}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac.digest('base64')}`,
    'content-type': 'application/json',
  };
}

const basic = (password_: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`alice:${password_}`).toString('base64')}`,
});
const statuses = (answers: readonly Answer[]): readonly number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);
/** Until it is so; what is never so ends with the test. */
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
};
const eventsOf = async (prefix: string, where: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  (
    await database.query<{ event: Readonly<Record<string, unknown>> }>(
      `SELECT event FROM ${prefix}.audit WHERE ${where}`,
    )
  ).rows.map(({ event }) => event);

describe.skipIf(!hasRedis || !hasPostgres)(
  'two processes over one Redis and one PostgreSQL',
  { timeout: 90_000 },
  () => {
    test('dist-replay: what is good once is taken by one of them, at the same instant too (RFC 9449 §11.1)', async () => {
      const [a, b] = await startTwo('replay');
      const token = await bound('t1');
      const proof = await token.proof();
      expect((await a.ask('/access', proof)).status).toBe(200);
      const again = await b.ask('/access', proof);
      expect(again.status).toBe(401);
      expect(again.headers['www-authenticate']).toContain('error="invalid_dpop_proof"');
      for (let round = 0; round < 5; round++) {
        const each = await token.proof();
        expect(statuses(await Promise.all([a, b].map((one) => one.ask('/access', each))))).toEqual([200, 401]);
        const sent = webhook(`m${round}`, '{}');
        expect(statuses(await Promise.all([b, a].map((one) => one.ask('/hook', sent, '{}'))))).toEqual([200, 401]);
      }
      await Promise.all([a.stop(), b.stop()]);
      expect(await eventsOf('replay', `event->>'reason' = 'replayed'`)).toHaveLength(11);
      // Each request once: what was acknowledged is there after both have gone.
      expect(await eventsOf('replay', `event->>'kind' = 'attempt'`)).toHaveLength(22);
    });

    test('dist-revoke-key, dist-revoke-token, dist-revoke-subject: what is revoked at one is refused at the other within a second', async () => {
      const [a, b] = await startTwo('revoke');
      const held = { 'x-api-key': key };
      expect(statuses(await Promise.all([a, b].map((one) => one.ask('/key', held))))).toEqual([200, 200]);
      const { key: successor } = await a.control({ rotate: { key: 'k1', graceSeconds: 60 } });
      expect((await b.ask('/key', { 'x-api-key': successor! })).status).toBe(200);
      await a.control({ revoke: { key: 'k1' } });
      expect((await b.ask('/key', held)).status).toBe(401);

      const [one, other] = [await bound('t2'), await bound('t3')];
      for (const [token, revoked] of [
        [one, { token: one.token }],
        [other, { subject: 'anna' }],
      ] as const) {
        expect((await b.ask('/access', await token.proof())).status).toBe(200);
        await a.control({ revoke: revoked });
        const began = performance.now();
        let refusal: Answer;
        do refusal = await b.ask('/access', await token.proof());
        while (refusal.status === 200 && performance.now() - began < 1000);
        expect(refusal.status).toBe(401);
        expect(refusal.headers['www-authenticate']).toContain('error="invalid_token"');
      }

      const changed = randomUUID();
      expect((await b.ask('/user', basic(password))).status).toBe(200);
      await a.control({ setPassword: { scheme: 'users', username: 'alice', password: changed } });
      expect((await b.ask('/user', basic(password))).status).toBe(401);
      expect((await b.ask('/user', basic(changed))).status).toBe(200);

      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const client = { authorization: `Basic ${Buffer.from(`svc:${clientSecret}`).toString('base64')}` };
      const issued = await a.ask('/oauth/token', { ...form, ...client }, 'grant_type=client_credentials');
      const { access_token: accessToken } = JSON.parse(issued.body) as { access_token: string };
      const keysAtB = createLocalJWKSet(JSON.parse((await b.ask('/oauth/jwks')).body) as JSONWebKeySet);
      await expect(jwtVerify(accessToken, keysAtB)).resolves.toMatchObject({ payload: { client_id: 'svc' } });

      // dist-secrets-at-rest (RFC 9700 §4.14)
      const kept = (await Promise.all([textInRedis(), textInPostgres()])).join('\n');
      expect(kept).toContain('svc-1');
      for (const secret of [key, limited, successor!, password, changed, clientSecret, hookSecret, accessToken])
        expect(kept).not.toContain(secret);
      await Promise.all([a.stop(), b.stop()]);

      // A process that starts later finds the changes, not what its configuration began with.
      const [c, d] = await startTwo('revoke');
      expect((await c.ask('/key', held)).status).toBe(401);
      expect((await d.ask('/user', basic(changed))).status).toBe(200);
    });

    test('limits hold in sum', async () => {
      const [a, b] = await startTwo('limits');
      const asked = Array.from({ length: 24 }, (_, i) => [a, b][i % 2]!.ask('/limited', { 'x-api-key': limited }));
      const counts = statuses(await Promise.all(asked));
      expect(counts.filter((status) => status === 200)).toHaveLength(10);
      expect(counts.filter((status) => status === 429)).toHaveLength(14);
    });

    test('dist-store-down-proof, -limits, dist-store-back: without Redis proofs are refused with 503, limits go on in memory, and all is well when it is back', async () => {
      const [a, b] = await startTwo('outage');
      const token = await bound('t3');
      const used = await token.proof();
      expect((await a.ask('/access', used)).status).toBe(200);
      await redis.kill();
      const refused = await b.ask('/hook', webhook('down', '{}'), '{}');
      expect(refused.status).toBe(503);
      expect(refused.headers['retry-after']).toBeDefined();
      expect(refused.body).toContain('dependency-unavailable');
      expect((await b.ask('/access', used)).status).toBe(503);
      expect((await b.ask('/limited', { 'x-api-key': limited })).status).toBe(200);
      await redis.restart();
      for (const one of [a, b]) await until(async () => (await one.ask('/access', await token.proof())).status === 200);
      // It kept what was used before it went.
      expect((await b.ask('/access', used)).status).toBe(401);
      await Promise.all([a.stop(), b.stop()]);
      const [event] = await eventsOf('outage', `event->>'outcome' = 'error' AND event->>'path' = '/hook'`);
      expect(event).toMatchObject({ outcome: 'error', reason: 'replay-store-unavailable' });
    });

    test('dist-replay-eviction: a Redis that forgets by itself is refused at the start', async () => {
      const forgetful = await startRedis(['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru']);
      try {
        const json = { ...(await configurationOf('evict')), stores: { type: 'redis', url: forgetful.url } };
        const file = await program.write('evict.json', json);
        const { code, stdout, stderr } = await program.run('serve', '--framework', 'fastify', '--config', file).ended;
        expect([code, stdout]).toEqual([2, '']);
        expect(stderr).toContain('store-eviction-policy');
      } finally {
        await forgetful.stop();
      }
    });
  },
);

/** All that Redis holds, names and values. */
async function textInRedis(): Promise<string> {
  const client = new RedisClient(redis.url);
  try {
    const names = await client.keys('*');
    const values = names.map(async (name) => {
      const type = await client.type(name);
      if (type === 'string') return client.get(name);
      if (type === 'hash') return JSON.stringify(await client.hgetall(name));
      return JSON.stringify(type === 'list' ? await client.lrange(name, 0, -1) : await client.zrange(name, '0', '-1'));
    });
    return [...names, ...(await Promise.all(values))].join('\n');
  } finally {
    client.disconnect();
  }
}

/** All rows of all tables. */
async function textInPostgres(): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'`,
  );
  const rows = tables.rows.map(async ({ name }) => (await database.query(`SELECT t::text FROM ${name} AS t`)).rows);
  return JSON.stringify([tables.rows, ...(await Promise.all(rows))]);
}
