import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { createAuth, type AuditEvent } from '@auth/core';
import { createNodeBridge, sendAnswer } from '@auth/core/node';
import { describePass, readConfig } from '@auth/core/testing';
import { loadCases, loadConfigurations, runSuite, type Start } from '@auth/test-vectors';

const start: Start = async (configuration) => {
  const result = readConfig(configuration);
  if (result.kind === 'faults') return { refused: result.faults };
  const { options, routes, bodyParser } = result.config;
  const events: AuditEvent[] = [];
  const auth = createAuth({ ...options, audit: (event) => void events.push(event) });
  await auth.ready();
  const handlers = result.config.handlers(auth);
  // A target may be a whole URL (RFC 9112 §3.2.2).
  const pathOf = (url = ''): string => url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  const find = ({ method, url }: IncomingMessage) => {
    const path = pathOf(url);
    return routes.find((route) => route.path === path && route.method === (method === 'HEAD' ? 'GET' : method));
  };
  const bridge = createNodeBridge(auth, {
    message: (req: IncomingMessage) => req,
    target: (req) => req.url ?? '',
    route: (req) => find(req)?.path,
  });
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const endpoint = bridge.handlerFor(handlers, pathOf(req.url));
    if (endpoint !== undefined) return sendAnswer(res, await endpoint(bridge.request(req)));
    const route = find(req);
    if (route === undefined) return void res.writeHead(404).end();
    if (route.require === undefined) return sendAnswer(res, bridge.refuseUndeclared(req));
    // A parser before the guard that keeps no bytes.
    if (bodyParser === 'before-lossy') await buffer(req);
    const decision = await auth.check(bridge.request(req), route.require, route.options);
    if (decision.kind === 'refuse') return sendAnswer(res, decision);
    for (const [name, value] of decision.headers) res.appendHeader(name, value);
    // Whoever waits to be asked for the body (RFC 9110 §10.1.1) is asked once it is wanted.
    if (req.headers.expect !== undefined) res.writeContinue();
    const { method = '', url: target = '' } = req;
    res.setHeader('content-type', 'application/json');
    res.end(describePass({ allow: decision, method, target, body: await buffer(req) }));
  };

  // A caller who has gone meanwhile rejects: nobody is left to answer.
  const listener = (req: IncomingMessage, res: ServerResponse): void =>
    void answer(req, res).catch(() => res.destroy());
  const server = createServer(listener).on('checkContinue', listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    events: () => events,
    async stop() {
      server.close().closeAllConnections();
      await auth.close();
    },
  };
};

const configurations = loadConfigurations();
// This server speaks neither TLS nor HTTP/2, and its routes have no parameters.
const only = loadCases()
  .filter(({ configuration }) => {
    const { tls, http2, routes } = configurations[configuration]!;
    return !tls && !http2 && !routes.some(({ resource }) => resource);
  })
  .map(({ id }) => id);
const counts = { passed: 0, failed: 0, except: 0 };
for await (const { id, outcome, messages } of runSuite(start, { only })) {
  counts[outcome]++;
  if (outcome === 'failed') console.error(id, ...messages);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
