import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';

import type { IssuerAnswer } from '../src/case.js';
import { loadPublicKeys } from '../src/data.js';
import { startIssuer, type Issuer } from '../src/issuer/issuer.js';

const started: Issuer[] = [];
const serve = async (answer: IssuerAnswer): Promise<Issuer> => {
  const issuer = await startIssuer(loadPublicKeys());
  started.push(issuer);
  issuer.change({ '/jwks': answer });
  return issuer;
};
afterEach(() => Promise.all(started.splice(0).map((issuer) => issuer.stop())));

const get = ({ texts }: Issuer, path = '/jwks'): Promise<Response> =>
  fetch(`${texts.url}${path}`, { redirect: 'manual' });

describe('startIssuer', () => {
  it('listens on loopback, and tells where', async () => {
    const { texts } = await serve({ json: {} });
    expect(texts.url).toBe(`http://127.0.0.1:${texts.port}`);
  });

  it('serves keys by their names, as a JWK set', async () => {
    const answer = await get(await serve({ keys: ['rs', 'es'] }));
    expect(answer.headers.get('content-type')).toBe('application/json');
    const { rs, es } = loadPublicKeys();
    expect(await answer.json()).toEqual({ keys: [rs, es] });
  });

  it.each<[string, IssuerAnswer, { status: number; type: string | null; text: string }]>([
    ['any JSON', { json: [1, null] }, { status: 200, type: 'application/json', text: '[1,null]' }],
    [
      'text',
      { text: '<p>', headers: [['Content-Type', 'text/html']] },
      { status: 200, type: 'text/html', text: '<p>' },
    ],
    ['another status', { status: 503, json: {} }, { status: 503, type: 'application/json', text: '{}' }],
    ['spaces up to a size', { json: {}, padToBytes: 6 }, { status: 200, type: 'application/json', text: '{}    ' }],
    ['nothing', { status: 200 }, { status: 200, type: 'application/json', text: '' }],
    ['what comes byte by byte', { json: {}, dripMs: 1 }, { status: 200, type: 'application/json', text: '{}' }],
    ['what comes later', { json: {}, delayMs: 1 }, { status: 200, type: 'application/json', text: '{}' }],
  ])('answers %s', async (_, answer, { status, type, text }) => {
    const told = await get(await serve(answer));
    expect({ status: told.status, type: told.headers.get('content-type'), text: await told.text() }).toEqual({
      status,
      type,
      text,
    });
  });

  it('answers a redirect', async () => {
    const told = await get(await serve({ status: 302, headers: [['Location', '/elsewhere']] }));
    expect([told.status, told.headers.get('location')]).toEqual([302, '/elsewhere']);
  });

  it('compresses what it pads, so that little becomes much', async () => {
    const told = await get(await serve({ json: {}, padToBytes: 1_000_000, gzip: true }));
    expect(told.headers.get('content-encoding')).toBe('gzip');
    expect(Number(told.headers.get('content-length'))).toBeLessThan(2000);
    expect(await told.text()).toHaveLength(1_000_000);
  });

  it('answers 404 for what is not in the script, whatever objects inherit', async () => {
    const issuer = await serve({ json: {} });
    for (const path of ['/', '/other', '/toString', '/__proto__']) expect((await get(issuer, path)).status).toBe(404);
  });

  it('counts the requests for each path, without its query', async () => {
    const issuer = await serve({ json: {} });
    await get(issuer);
    await get(issuer, '/jwks?x=1');
    await get(issuer, '/other');
    expect(['/jwks', '/other', '/none'].map((path) => issuer.requests(path))).toEqual([2, 1, 0]);
  });

  it('answers otherwise from one moment on, for the paths that are named', async () => {
    const issuer = await serve({ json: 1 });
    issuer.change({ '/other': { json: 2 } });
    expect([await (await get(issuer)).json(), await (await get(issuer, '/other')).json()]).toEqual([1, 2]);
    issuer.change({ '/jwks': { json: 3 } });
    expect([await (await get(issuer)).json(), await (await get(issuer, '/other')).json()]).toEqual([3, 2]);
  });

  it('cuts the connection', async () => {
    await expect(get(await serve({ cut: true }))).rejects.toThrow('fetch failed');
  });

  it('cuts the connection for a key that is not in the suite', async () => {
    await expect(get(await serve({ keys: ['toString'] }))).rejects.toThrow('fetch failed');
  });

  it('never answers, until it is stopped', async () => {
    const issuer = await serve({ never: 'answer' });
    const pending = get(issuer);
    const outcome = pending.then(
      () => 'answered',
      () => 'cut',
    );
    while (issuer.requests('/jwks') === 0) await new Promise(setImmediate);
    await issuer.stop();
    expect(await outcome).toBe('cut');
  });

  it('sends half of a body, and then nothing until it is stopped', async () => {
    const issuer = await serve({ text: 'abcd', never: 'body' });
    const asked = request(`${issuer.texts.url}/jwks`).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect(answer.headers['content-length']).toBe('4');
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(answer, 'data');
    const ended = once(answer, 'error');
    await issuer.stop();
    await ended;
    expect(Buffer.concat(chunks).toString()).toBe('ab');
  });
});
