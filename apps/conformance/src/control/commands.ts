import { createApiKeyManager, hashPassword, revokeTokens, type ApiKeyManager } from '@auth/core';
import type { Issuer } from '@auth/core/issuer';
import type { PolicyData } from '@auth/core/policy';
import type { Config } from '@auth/core/testing';
import type { ControlAnswer, JsonObject } from '@auth/test-vectors';

import { storeStates, type StoreState } from './store-switch.js';
import type { ControlledStores } from './stores.js';

/** Does one thing to a server while it runs; null only looks. */
export type Control = (command: unknown) => Promise<ControlAnswer>;

/** Why a command was not done. */
class Refused extends Error {}

type Command = (options: unknown) => Promise<JsonObject>;

// Costs 16 MiB, some 30 ms: the least that a new hash may.
const passwordCost = { algorithm: 'scrypt', costLog2: 14, blockSize: 8, parallelism: 1 } as const;

/** Takes the commands of the control channel, each through the public API. */
export function createControl(config: Config, stores: ControlledStores): Control {
  const commands: Readonly<Record<string, Command>> = {
    ...clockCommands(config),
    ...keyCommands(config, stores),
    ...userCommands(config, stores),
    stores: (options) => switchStores(stores, options),
    dump: async (options) => {
      const { scheme } = members(options, ['scheme']);
      const keys = stores.keysOf.get(text('dump.scheme', scheme));
      if (keys === undefined) throw new Refused(`dump.scheme: must be one of ${[...stores.keysOf.keys()].join(', ')}`);
      return { written: keys.written as unknown as JsonObject['written'] & object };
    },
    async replacePolicy(options) {
      if (config.policy === undefined) throw new Refused('replacePolicy: the configuration has no policy');
      config.policy.replace(options as PolicyData);
      return { replaced: true };
    },
  };
  return async (command) => {
    try {
      if (command === null) return { status: 200, answer: describe(config) };
      return { status: 200, answer: await run(commands, command) };
    } catch (error) {
      return { status: 400, answer: { error: error instanceof Error ? error.message : String(error) } };
    }
  };
}

function run(commands: Readonly<Record<string, Command>>, command: unknown): Promise<JsonObject> {
  const named = Object.entries(isObject(command) ? command : {});
  const [name, options] = named[0] ?? [];
  if (name === undefined || named.length > 1 || !Object.hasOwn(commands, name))
    throw new Refused(`must be an object with one of ${Object.keys(commands).join(', ')}`);
  return commands[name]!(options);
}

function describe({ options: { clock }, routes }: Config): JsonObject {
  return {
    now: timeOf(clock.now()),
    routes: routes.map(({ method, path, require }) => ({
      method,
      path,
      require: (require ?? null) as JsonObject | null,
    })),
  };
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

function clockCommands({ options: { clock } }: Config): Readonly<Record<string, Command>> {
  return {
    async clock(options) {
      const { advanceSeconds, offsetSeconds } = members(options, ['advanceSeconds', 'offsetSeconds']);
      const move = offsetSeconds === undefined ? advanceSeconds : Number(offsetSeconds) - clock.offsetSeconds;
      if ((advanceSeconds === undefined) === (offsetSeconds === undefined) || !Number.isFinite(move))
        throw new Refused('clock: must be { "advanceSeconds": 61 } or { "offsetSeconds": -5 }');
      clock.advance(move as number);
      return { now: timeOf(clock.now()) };
    },
  };
}

function keyCommands(config: Config, { keysOf }: ControlledStores): Readonly<Record<string, Command>> {
  const { clock } = config.options;
  const managers = new Map([...keysOf].map(([name, keys]) => [name, createApiKeyManager({ ...keys, clock })]));
  return {
    async create(options) {
      const { scheme, ...key } = members(options, ['scheme', 'subject', 'scopes', 'roles', 'expiresAt']);
      const manager = managers.get(text('create.scheme', scheme));
      if (manager === undefined) throw new Refused(`create.scheme: must be one of ${[...managers.keys()].join(', ')}`);
      text('create.subject', key['subject']);
      return { ...(await manager.create(key as unknown as Parameters<ApiKeyManager['create']>[0])) };
    },
    async revoke(options) {
      const { key, ...others } = members(options, ['key', 'token', 'subject', 'clientId', 'issuedBefore']);
      if (key === undefined) return revokeWhat(config, others);
      if (Object.keys(others).length > 0) throw new Refused('revoke: write a key, or which tokens');
      const id = text('revoke.key', key);
      await (await managerOf(managers, id)).revoke(id);
      return { id };
    },
    async rotate(options) {
      const { key, graceSeconds, signingKey } = members(options, ['key', 'graceSeconds', 'signingKey']);
      if (signingKey !== undefined) return { keyid: await issuerOf(config).rotateSigningKey() };
      const id = text('rotate.key', key);
      if (typeof graceSeconds !== 'number') throw new Refused('rotate.graceSeconds: must be a number of seconds');
      const successor = await (await managerOf(managers, id)).rotate(id, { graceSeconds });
      return { ...successor! };
    },
  };
}

function issuerOf({ issuer }: Config): Issuer {
  const current = issuer.current();
  if (current === undefined) throw new Refused('there is no issuer, or its URL is not known before the first request');
  return current;
}

/** One by its text, or all of a subject or a client, of every issuer; those that were issued before a time. */
async function revokeWhat(config: Config, what: Readonly<Record<string, unknown>>): Promise<JsonObject> {
  const { token, subject, clientId, issuedBefore } = what;
  if ([token, subject, clientId].filter((each) => each !== undefined).length !== 1)
    throw new Refused('revoke: write one of key, token (compact), subject and clientId');
  const before = issuedBefore === undefined ? undefined : Date.parse(text('revoke.issuedBefore', issuedBefore)) / 1000;
  if (Number.isNaN(before)) throw new Refused('revoke.issuedBefore: must be RFC 3339 text');
  const { options, issuer } = config;
  const claims = token === undefined ? undefined : claimsOf(text('revoke.token', token));
  const [kind, value] = [
    ['token', claims?.jti] as const,
    ['subject', subject] as const,
    ['client', clientId] as const,
  ].find((each) => each[1] !== undefined)!;
  const issuers = Object.values(options.schemes).map((scheme) => scheme.issuer);
  for (const each of new Set(claims === undefined ? [...issuers, issuer.current()?.issuer] : [claims.iss])) {
    if (each === undefined) continue;
    const revoked = {
      issuer: each,
      kind,
      value: text('revoke', value),
      ...(before !== undefined && { issuedBefore: before }),
    };
    await revokeTokens(options.stores!.revocation!, revoked, { clock: options.clock });
  }
  return { kind, value: value as string };
}

function claimsOf(token: string): { readonly iss?: string; readonly jti?: string } {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { iss?: string; jti?: string };
  } catch {
    throw new Refused('revoke.token: must be a JWT');
  }
}

async function managerOf(managers: ReadonlyMap<string, ApiKeyManager>, id: string): Promise<ApiKeyManager> {
  for (const manager of managers.values()) {
    if ((await manager.describe(id)) !== undefined) return manager;
  }
  throw new Refused(`no key has the id ${JSON.stringify(id)}`);
}

function userCommands(config: Config, { keysOf, usersOf }: ControlledStores): Readonly<Record<string, Command>> {
  const { clock } = config.options;
  return {
    async disable(options) {
      const { subject: given } = members(options, ['subject']);
      const subject = text('disable.subject', given);
      let changed = 0;
      for (const keys of keysOf.values())
        changed += await createApiKeyManager({ ...keys, clock }).setDisabled(subject, true);
      for (const users of usersOf.values()) changed += Number(await users.change(subject, { disabled: true }));
      if (changed === 0) throw new Refused(`nobody is ${JSON.stringify(subject)}`);
      return { changed };
    },
    async setPassword(options) {
      const { scheme, username, password } = members(options, ['scheme', 'username', 'password']);
      const users = usersOf.get(text('setPassword.scheme', scheme));
      if (users === undefined)
        throw new Refused(`setPassword.scheme: must be one of ${[...usersOf.keys()].join(', ')}`);
      const name = text('setPassword.username', username);
      const passwordHash = await hashPassword(text('setPassword.password', password), passwordCost);
      if (!(await users.change(name, { passwordHash }))) throw new Refused(`nobody is ${JSON.stringify(name)}`);
      return { username: name };
    },
  };
}

async function switchStores({ switches }: ControlledStores, options: unknown): Promise<JsonObject> {
  const states = Object.entries(members(options, Object.keys(switches)));
  for (const [name, state] of states) {
    if (!storeStates.includes(state as StoreState))
      throw new Refused(`stores.${name}: must be one of ${storeStates.join(', ')}`);
  }
  for (const [name, state] of states) switches[name]!.set(state as StoreState);
  return Object.fromEntries(states) as JsonObject;
}

/** @throws Refused for anything but an object of these members. */
function members(value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  const unknown = isObject(value) ? Object.keys(value).filter((name) => !known.includes(name)) : ['…'];
  if (unknown.length > 0) throw new Refused(`must be an object of ${known.join(', ')}`);
  return value as Readonly<Record<string, unknown>>;
}

function text(path: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new Refused(`${path}: must be text`);
  return value;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
