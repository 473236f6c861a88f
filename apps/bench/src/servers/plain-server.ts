import { spawn } from 'node:child_process';

/** In a process of its own, so that its work is not counted: an API, and an issuer under `/token`, which says how often it was asked. */
const program = `
let tokens = 0;
require('node:http').createServer((req, res) => {
  req.resume();
  if (req.url === '/count') return res.end(String(tokens));
  if (req.url !== '/token') return res.end('ok');
  tokens += 1;
  res.setHeader('content-type', 'application/json');
  setTimeout(() => res.end(JSON.stringify({ access_token: 'token-' + tokens, token_type: 'Bearer', expires_in: 3600 })), 20);
}).listen(0, '127.0.0.1', 4096, function () { console.log(this.address().port); });
`;

export interface PlainServer {
  readonly origin: string;
  readonly tokenRequests: () => Promise<number>;
  readonly stop: () => void;
}

export async function startPlainServer(): Promise<PlainServer> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    tokenRequests: async () => Number(await (await fetch(`${origin}/count`)).text()),
    stop: () => void child.kill(),
  };
}
