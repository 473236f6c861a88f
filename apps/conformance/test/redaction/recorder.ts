import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';

import type { AuditEvent, AuthOptions } from '@auth/core';
import { createAuth } from '@auth/core';
import { jsonLines } from '@auth/core/node';
import { readConfig } from '@auth/core/testing';
import type { Start } from '@auth/test-vectors';

import { createControl } from '../../src/control/commands.js';
import { createControlledStores } from '../../src/control/stores.js';
import { hosts } from '../../src/hosts/index.js';
import type { Secrets } from './secrets.js';

/** Where something could be read. */
export type Place =
  | 'answer'
  | 'event'
  | 'audit file'
  | 'error'
  | 'fault'
  | 'explanation'
  | 'output'
  | 'control'
  | 'allow'
  | 'auth'
  | 'schemes'
  | 'options'
  | 'config'
  | 'stores';

type Texts = [where: Place, text: string][];

/** All that a program can print of it, hidden members too. */
const inspectWhole = (value: unknown): string =>
  inspect(value, { showHidden: true, depth: Infinity, maxArrayLength: null, maxStringLength: null, getters: true });

/** What was kept of a run. */
export interface Recording {
  /** All that could be read. */
  readonly texts: Texts;
  /** What came in: credentials that requests brought, keys that were made. */
  readonly secrets: Secrets;
  /** A file to which events go too. */
  readonly auditFile: string;
}

/**
 * Starts the servers of the suite as `startIn` does, and keeps whatever leaves them.
 * @param change of the options, to see that a leak is found
 */
export function recordIn(
  host: string,
  recording: Recording,
  change = (options: AuthOptions): AuthOptions => options,
): Start {
  const { texts, secrets, auditFile } = recording;
  return async (configuration) => {
    const stores = createControlledStores();
    const result = readConfig(configuration, stores);
    if (result.kind === 'faults') {
      texts.push(['fault', inspectWhole(result.faults)], ['fault', JSON.stringify(result.faults)]);
      return { refused: result.faults };
    }
    const events: AuditEvent[] = [];
    const options = change({
      ...result.config.options,
      audit: [(event) => void events.push(event), jsonLines(auditFile)],
      onError: (error) => recordError(error, texts),
      onAllow: (allow) => void texts.push(['allow', inspectWhole(allow)]),
      explainRefusals: (explanation) => void texts.push(['explanation', explanation]),
    });
    const auth = createAuth(options);
    await auth.ready();
    const server = await hosts[host]!(result.config, auth);
    const proxy = await startProxy(new URL(server.url), recording);
    const control = createControl(result.config, stores);
    return {
      url: proxy.url,
      events: () => events,
      stop: async () => {
        for (const event of events) texts.push(['event', inspectWhole(event)], ['event', JSON.stringify(event)]);
        // Not whole: the requests that an auth knows are the framework's, and hold what they brought.
        texts.push(['auth', inspect(auth, { depth: Infinity, getters: true })]);
        const made = { schemes: auth.schemes, config: result.config, options, stores } as const;
        for (const name of ['schemes', 'config', 'options', 'stores'] as const)
          texts.push([name, inspectWhole(made[name])], [name, JSON.stringify(made[name], withoutCycles())]);
        await proxy.stop();
        await server.stop();
      },
      ...(result.config.control && {
        control: async (command) => {
          const told = await control(command);
          const { key } = told.answer;
          if (typeof key === 'string') secrets.set(`made key ${secrets.size}`, key);
          else texts.push(['control', JSON.stringify(told)]);
          return told;
        },
      }),
    };
  };
}

/** The error, all that caused it, and every way of printing it. */
function recordError(error: unknown, texts: Texts): void {
  texts.push(['error', inspectWhole(error)], ['error', String(error)], ['error', JSON.stringify(error) ?? '']);
  for (let each = error; each instanceof Error; each = each.cause)
    texts.push(['error', [each.name, each.message, each.stack].join('\n')]);
}

function withoutCycles(): (name: string, value: unknown) => unknown {
  const seen = new WeakSet();
  return (_, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return undefined;
    seen.add(value);
    return value instanceof Map || value instanceof Set ? [...value] : value;
  };
}

/** Stands before a server, passes every byte on, and keeps the answers; of the requests what may be a credential. */
async function startProxy(to: URL, { texts, secrets }: Recording): Promise<{ url: string; stop: () => Promise<void> }> {
  const open = new Set<Socket>();
  const proxy = createServer({ allowHalfOpen: true }, (caller) => {
    const server = connect({ host: to.hostname, port: Number(to.port), allowHalfOpen: true });
    const asked: Buffer[] = [];
    const answered: Buffer[] = [];
    for (const socket of [caller, server]) {
      open.add(socket);
      socket.on('error', () => undefined);
    }
    caller.on('data', (chunk: Buffer) => asked.push(chunk));
    server.on('data', (chunk: Buffer) => answered.push(chunk));
    caller.pipe(server);
    server.pipe(caller);
    caller.on('close', () => {
      open.delete(caller);
      server.destroy();
    });
    server.on('close', () => {
      open.delete(server);
      texts.push(['answer', Buffer.concat(answered).toString()]);
      for (const credential of credentialsIn(Buffer.concat(asked).toString('latin1')))
        secrets.set(`sent credential ${secrets.size}`, credential);
    });
  });
  await new Promise<void>((done) => void proxy.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((done) => {
        proxy.close(() => done());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** What stands in the fields of credentials, and in the parameters that some take for these. */
function credentialsIn(request: string): readonly string[] {
  const lines = [
    ...request.matchAll(/^(?:proxy-)?authorization:[ \t]*(?:[\w-]+ +)?(.*)$/gim),
    ...request.matchAll(/^x-api-key:(.*)$/gim),
  ];
  const parameters = [...request.matchAll(/(?:access_token|api_key)=([^& \r\n]+)/g)];
  return [...lines, ...parameters].map((match) => match[1]!.trim()).filter(({ length }) => length >= 16);
}
