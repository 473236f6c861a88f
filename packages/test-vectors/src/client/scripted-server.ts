import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import type { Rule, ScriptedAnswer } from './client-case.js';
import { fits } from './wanted-request.js';

/** A request as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server on loopback that plays its part of a case. */
export interface ScriptedServer {
  readonly origin: string;
  readonly received: readonly Received[];
  play(rules: readonly Rule[]): void;
  arrived(count: number): Promise<void>;
  release(name: string): void;
  stop(): Promise<void>;
}

const fallback: ScriptedAnswer = { status: 200, text: 'ok' };

/** Starts a server that answers 200 until it is told otherwise. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const received: Received[] = [];
  const used = new Map<Rule, number>();
  const waits: { readonly count: number; readonly resolve: () => void }[] = [];
  const gates = new Map<string, { readonly opened: Promise<void>; readonly open: () => void }>();
  let rules: readonly Rule[] = [];

  const gate = (name: string) => {
    const known = gates.get(name);
    if (known !== undefined) return known;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    gates.set(name, { opened, open });
    return { opened, open };
  };
  const choose = (request: Received): ScriptedAnswer => {
    const rule = rules.find(
      (each) => (used.get(each) ?? 0) < (each.times ?? Number.POSITIVE_INFINITY) && fits(request, each.when ?? {}),
    );
    if (rule === undefined) return fallback;
    used.set(rule, (used.get(rule) ?? 0) + 1);
    return rule.answer;
  };
  const respond = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = (await buffer(req)).toString();
    const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body };
    const number = received.push(request);
    const answer = choose(request);
    for (const wait of waits) if (received.length >= wait.count) wait.resolve();
    if (answer.hold !== undefined) await gate(answer.hold).opened;
    write(res, answer, number);
  };
  const server = createServer((req, res) => {
    // Whoever asked may have gone.
    respond(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', 2048, resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    play: (next) => void (rules = next),
    arrived: (count) =>
      new Promise((resolve) => {
        if (received.length >= count) resolve();
        else waits.push({ count, resolve });
      }),
    release: (name) => gate(name).open(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function write(res: ServerResponse, answer: ScriptedAnswer, number: number): void {
  if (answer.cut === true) return void res.destroy();
  const fill = (text: string): string => text.replaceAll('{{n}}', String(number));
  const { status = 200, headers = {}, json, text, padToBytes = 0 } = answer;
  // The time of this machine is not that of the case.
  res.sendDate = false;
  res.statusCode = status;
  if (json !== undefined) res.setHeader('Content-Type', 'application/json');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, fill(value));
  res.end(fill(json === undefined ? (text ?? '') : JSON.stringify(json)).padEnd(padToBytes));
}
