import { generateApiKey } from '@auth/core';
import { readConfig, type Config } from '@auth/core/testing';
import type { ControlAnswer, JsonObject } from '@auth/test-vectors';
import { describe, expect, test } from 'vitest';

import { createControl, type Control } from '../src/control/commands.js';
import { createControlledStores } from '../src/control/stores.js';
import { useProgram } from './program.js';

const key = generateApiKey('acme');
const routes = [
  { method: 'GET', path: '/key', require: { scheme: 'keys' } },
  { method: 'GET', path: '/users', require: { scheme: 'users' } },
  { method: 'GET', path: '/forgotten', undeclared: true },
];
const configuration = {
  control: true,
  schemes: {
    keys: { type: 'apiKey', prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }] },
    more: { type: 'apiKey', prefix: 'more', keys: [] },
    users: { type: 'basic', users: [{ username: 'alice', password: 'secret' }] },
  },
  routes,
};

/** Commands to stores and a clock, without a server. */
function controlOf(json: object): {
  control: Control;
  config: Config;
  stores: ReturnType<typeof createControlledStores>;
} {
  const stores = createControlledStores();
  const result = readConfig(json, stores);
  if (result.kind !== 'config') throw new Error(JSON.stringify(result.faults));
  return { control: createControl(result.config, stores), config: result.config, stores };
}

const errorOf = ({ status, answer }: ControlAnswer): string => {
  expect(status).toBe(400);
  expect(Object.keys(answer)).toEqual(['error']);
  return answer['error'] as string;
};

describe('commands', () => {
  test('null answers the time and every route, those too that nobody declared', async () => {
    const { control } = controlOf({ ...configuration, clock: { at: '2026-01-01T00:00:00Z' } });
    expect(await control(null)).toEqual({
      status: 200,
      answer: {
        now: '2026-01-01T00:00:00.000Z',
        routes: routes.map(({ method, path, require = null }) => ({ method, path, require })),
      },
    });
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', {}, /one of clock, create, revoke/],
    ['a list', [], /one of clock/],
    ['text', 'clock', /one of clock/],
    ['two things', { clock: { advanceSeconds: 1 }, revoke: { key: 'k1' } }, /one of clock/],
    ['what objects inherit', { toString: {} }, /one of clock/],
    ['__proto__', JSON.parse('{"__proto__":{}}'), /one of clock/],
    ['a clock that moves nowhere', { clock: {} }, /^clock: must be/],
    ['a clock that moves in two ways', { clock: { advanceSeconds: 1, offsetSeconds: 1 } }, /^clock: must be/],
    ['a clock that moves by text', { clock: { advanceSeconds: '61' } }, /^clock: must be/],
    ['a clock that moves without end', { clock: { advanceSeconds: Infinity } }, /^clock: must be/],
    ['a misspelt member', { rotate: { key: 'k1', grace: 60 } }, /object of key, graceSeconds, signingKey/],
    ['null for members', { revoke: null }, /object of key/],
    ['a key that is not there', { revoke: { key: 'k9' } }, /no key has the id "k9"/],
    ['a rotation of one that is not there', { rotate: { key: 'k9', graceSeconds: 0 } }, /no key has the id "k9"/],
    ['a rotation without grace', { rotate: { key: 'k1' } }, /graceSeconds/],
    ['a rotation with less than no grace', { rotate: { key: 'k1', graceSeconds: -1 } }, /graceSeconds/],
    ['a key of a scheme that has none', { create: { scheme: 'users', subject: 's' } }, /one of keys, more/],
    ['a key of nobody', { create: { scheme: 'keys' } }, /create\.subject/],
    ['a key with a time that is none', { create: { scheme: 'keys', subject: 's', expiresAt: 'soon' } }, /expiresAt/],
    ['a subject that nobody is', { disable: { subject: 'nobody' } }, /nobody is "nobody"/],
    ['a password of nobody', { setPassword: { scheme: 'users', username: 'bob', password: 'x' } }, /nobody is "bob"/],
    ['a password that is empty', { setPassword: { scheme: 'users', username: 'alice', password: '' } }, /password/],
    ['a password of a scheme that has none', { setPassword: { scheme: 'keys', username: 'alice', password: 'x' } }, /one of users/],
    ['a state that no store has', { stores: { credentials: 'gone' } }, /one of up, slow, down/],
    ['a store that is none', { stores: { sessions: 'down' } }, /object of credentials/],
    ['a new policy where there was none', { replacePolicy: { roles: {} } }, /has no policy/],
    ['a token to be revoked', { revoke: { token: 'x' } }, /must be a JWT/],
    ['a subject whose tokens are to be revoked', { revoke: { subject: 's', issuedBefore: 1 } }, /issuedBefore: must be text/],
    ['a new signing key', { rotate: { signingKey: true } }, /there is no issuer/],
  ])('%s is refused, and why', async (_, command, why) => {
    expect(errorOf(await controlOf(configuration).control(command))).toMatch(why);
  }); // prettier-ignore

  test('a password that is refused is not repeated', async () => {
    const password = 'bad\u0000password';
    const { control } = controlOf(configuration);
    const told = errorOf(await control({ setPassword: { scheme: 'users', username: 'alice', password } }));
    expect(told).not.toContain('bad');
  });

  test('a clock that stands still moves by so much, or to so far from where it stood', async () => {
    const { control, config } = controlOf({ ...configuration, clock: { at: '2026-01-01T00:00:00Z' } });
    const start = config.options.clock.now();
    const runs: string[] = [];
    config.options.clock.schedule(start + 60, () => runs.push('due'));
    await control({ clock: { advanceSeconds: 59 } });
    expect([config.options.clock.now() - start, ...runs]).toEqual([59]);
    expect(await control({ clock: { advanceSeconds: 2 } })).toEqual({
      status: 200,
      answer: { now: '2026-01-01T00:01:01.000Z' },
    });
    expect(runs).toEqual(['due']);
    await control({ clock: { offsetSeconds: -5 } });
    expect(config.options.clock.now() - start).toBe(-5);
  });

  test('a clock that runs moves by so much, or to so far from the true time; what waits follows it', async () => {
    const { control, config } = controlOf({ ...configuration, clock: { offsetSeconds: 1000 } });
    const { clock } = config.options;
    const distance = (): number => Math.round(clock.now() - Date.now() / 1000);
    expect(distance()).toBe(1000);
    const due = new Promise<string>((resolve) => clock.schedule(clock.now() + 3600, () => resolve('due')));
    await control({ clock: { advanceSeconds: 3601 } });
    expect(distance()).toBe(4601);
    expect(await due).toBe('due');
    await control({ clock: { offsetSeconds: -5 } });
    expect(distance()).toBe(-5);
  });

  test('a change while the store is down is refused, and not made', async () => {
    const { control } = controlOf(configuration);
    await control({ stores: { credentials: 'down' } });
    for (const command of [{ revoke: { key: 'k1' } }, { disable: { subject: 'svc-1' } }, { create: { scheme: 'keys', subject: 's' } }])
      expect(errorOf(await control(command))).toContain('credential-store-unavailable');
    await control({ stores: { credentials: 'up' } });
    expect(await control({ revoke: { key: 'k1' } })).toEqual({ status: 200, answer: { id: 'k1' } });
  }); // prettier-ignore

  test('a configuration without control leaves its stores alone', () => {
    const { stores } = controlOf({ ...configuration, control: false });
    expect([...stores.keysOf, ...stores.usersOf]).toEqual([]);
  });
});

describe('the control channel', () => {
  const program = useProgram();

  const serve = async (json: object): Promise<{ url: string; control: string; end: () => Promise<unknown> }> => {
    const file = await program.write('control.json', json);
    const run = program.run('serve', '--framework', 'express', '--config', file);
    const { url, control } = JSON.parse(await run.firstLine) as { url: string; control: string };
    const end = (): Promise<unknown> => (run.child.kill('SIGTERM'), run.ended);
    return { url, control, end };
  };
  const post = async (url: string, body: object | string): Promise<[number, JsonObject]> => {
    const answer = await fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
    return [answer.status, (await answer.json()) as JsonObject];
  };

  test(
    'listens on loopback at a path that nobody can guess, and ends with the server',
    { timeout: 60_000 },
    async () => {
      const first = await serve(configuration);
      const second = await serve(configuration);
      for (const { url, control } of [first, second]) {
        expect(control).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[A-Za-z0-9_-]{32}$/);
        expect(new URL(control).port).not.toBe(new URL(url).port);
        for (const path of ['/', `${new URL(control).pathname}x`, '/key'])
          expect((await fetch(new URL(path, control))).status).toBe(404);
      }
      expect(new URL(first.control).pathname).not.toBe(new URL(second.control).pathname);
      expect(await first.end()).toMatchObject({ code: 0, stderr: '' });
      expect(await second.end()).toMatchObject({ code: 0, stderr: '' });
      await expect(fetch(first.control)).rejects.toThrow('fetch failed');
    },
  );

  test('is not there where the configuration does not ask for it', { timeout: 60_000 }, async () => {
    const { control, end } = await serve({ ...configuration, control: false });
    expect(control).toBeUndefined();
    await end();
  });

  test('takes one command a POST, answers GET, and refuses what is neither', { timeout: 60_000 }, async () => {
    const { url, control, end } = await serve(configuration);
    const status = async (text: string): Promise<number> => (await fetch(`${url}/key`, { headers: { 'x-api-key': text } })).status;
    expect(await (await fetch(control)).json()).toMatchObject({ routes: [{ path: '/key' }, { path: '/users' }, { path: '/forgotten', require: null }] });
    expect(await status(key)).toBe(200);
    const [, successor] = await post(control, { rotate: { key: 'k1', graceSeconds: 60 } });
    expect([await status(key), await status(successor['key'] as string)]).toEqual([200, 200]);
    expect(await post(control, { clock: { advanceSeconds: 61 } })).toMatchObject([200, {}]);
    expect([await status(key), await status(successor['key'] as string)]).toEqual([401, 200]);
    expect((await post(control, { stores: { credentials: 'down' } }))[0]).toBe(200);
    expect(await status(successor['key'] as string)).toBe(503);
    for (const body of ['', 'null', '{', '{}', `{"clock":"${'x'.repeat(70_000)}"}`]) {
      const [code, answer] = await post(control, body);
      expect([code, typeof answer['error']]).toEqual([400, 'string']);
    }
    const put = await fetch(control, { method: 'PUT', body: '{}' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST']);
    await end();
  }); // prettier-ignore
});
