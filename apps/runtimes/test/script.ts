/** Runs under each version of Node: says what the client did there, by `fetch` of the platform and by undici. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { clientCredentials, createClient } from '@auth/client';
import { createInterceptor } from '@auth/client/undici';
import { createDpopKey } from '@auth/core/signing';
import { Agent, request } from 'undici';

let tokens = 0;
const seen: string[] = [];
const server = createServer((req, res) => {
  let body = '';
  req.on('data', (chunk) => (body += String(chunk)));
  req.on('end', () => {
    res.setHeader('content-type', 'application/json');
    if (req.url === '/token') {
      tokens += 1;
      const type = req.headers['dpop'] === undefined ? 'Bearer' : 'DPoP';
      res.end(JSON.stringify({ access_token: `token-${tokens}`, token_type: type, expires_in: 900 }));
      return;
    }
    seen.push(`${req.headers.authorization} ${body} ${req.headers['dpop'] === undefined ? 'unproven' : 'proven'}`);
    // The first token is no longer good.
    if (req.headers.authorization?.endsWith('token-1') === true) res.statusCode = 401;
    res.end('{}');
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const options = { tokenEndpoint: `${origin}/token`, clientId: 'job', clientSecret: 'hunter2-hunter2' };

const byFetch = createClient({ origin, auth: clientCredentials({ ...options, dpop: createDpopKey() }) });
const answers = await Promise.all([1, 2, 3].map(() => byFetch.fetch('/orders', { method: 'POST', body: 'é' })));
const statuses = answers.map(({ status }) => status);
await byFetch.close();
const seenByFetch = [...new Set(seen.splice(0))];

tokens = 0;
const byUndici = createClient({ origin, auth: clientCredentials(options) });
const agent = new Agent();
const dispatcher = agent.compose(createInterceptor(byUndici));
const answer = await request(`${origin}/orders`, { method: 'POST', body: 'é', dispatcher });
await answer.body.dump();
await byUndici.close();
await agent.close();
server.close();
console.log(JSON.stringify({ statuses, seenByFetch, byUndici: answer.statusCode, seenByUndici: seen, tokens }));
