import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';

import { createAuth } from '@auth/core';
import { createLoginHandlers, createRelyingParty, session } from '@auth/core/oidc';
import { expressAuth } from '@auth/express';
import { fastifyAuth } from '@auth/fastify';
import express from 'express';
import fastify from 'fastify';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startOpenidProvider, type OpenidProvider } from '../../../packages/core/test/fixtures/openid-provider.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);
if (missing && !process.env['CI'])
  process.stderr.write('single-sign-on.test.ts: skipped; apt-get install chromium, or name one in CHROMIUM\n');

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const secretBase64 = 'kQ0m8r7Xo2c1b6vT9yZ4aL5nPq3sWdEfGhJiKlMuOxA=';

/** What an application needs to log people in. Both are on one host, so each has names of its own for its cookies. */
function loginsOf(name: string, issuer: string, origin: string) {
  const sessions = session({ secretBase64, cookieName: `__Host-${name}` });
  const relyingParty = createRelyingParty({
    issuer,
    clientId: name,
    clientSecret: `secret-of-${name}`,
    redirectUri: `${origin}/auth/callback`,
    secretBase64,
    cookieName: `__Host-${name}-login`,
    allowInsecureHttp: true,
  });
  const auth = createAuth({ schemes: { browser: sessions } });
  const handlers = createLoginHandlers({ auth, relyingParty, sessions, postLogoutRedirectUri: `${origin}/` });
  return { auth, handlers };
}

const pageOf = (name: string, subject: string): string =>
  `<!doctype html><title>${name}</title><p id="who">${name}: ${subject}</p>
   <form method="post" action="/auth/logout"><button>Log out</button></form>`;

// In CI a missing browser is a failure, which the launch reports.
describe.skipIf(missing && !process.env['CI'])('single sign-on in a browser', { timeout: 60_000 }, () => {
  const shop = express();
  const desk = fastify();
  let shopUrl = '';
  let deskUrl = '';
  let op: OpenidProvider;
  let browser: Browser;
  let page: Page;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    const shopServer = shop.listen(0, '127.0.0.1');
    await new Promise((resolve) => shopServer.once('listening', resolve));
    closers.push(
      () => shopServer.closeAllConnections(),
      () => shopServer.close(),
    );
    shopUrl = `http://127.0.0.1:${(shopServer.address() as AddressInfo).port}`;
    // Fastify takes its plugins before it listens, so its port is found first.
    const probe = fastify();
    deskUrl = await probe.listen({ port: 0, host: '127.0.0.1' });
    await probe.close();
    const clients = [
      ['shop', shopUrl],
      ['desk', deskUrl],
    ].map(([name, origin]) => ({
      client_id: name!,
      client_secret: `secret-of-${name}`,
      redirect_uris: [`${origin}/auth/callback`],
      post_logout_redirect_uris: [`${origin}/`],
      backchannel_logout_uri: `${origin}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
    }));
    op = await startOpenidProvider({ clients });
    serveShop();
    await serveDesk();
    browser = await chromium.launch({ executablePath, args });
    page = await browser.newPage();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await desk.close();
    for (const close of closers) close();
    await op?.close();
  });

  function serveShop(): void {
    const { auth, handlers } = loginsOf('shop', op.issuer, shopUrl);
    const { protect, mount, denyByDefault } = expressAuth(auth);
    const guarded = protect({ scheme: 'browser' });
    shop.use(mount(handlers));
    shop.get('/', protect({ public: true }), (_req, res) => void res.send('shop: home'));
    shop.get('/me', guarded, (req, res) => void res.send(pageOf('shop', guarded.principal(req).subject)));
    denyByDefault(shop);
  }

  async function serveDesk(): Promise<void> {
    const { auth, handlers } = loginsOf('desk', op.issuer, deskUrl);
    const { plugin, protect, mount } = fastifyAuth(auth);
    await desk.register(plugin);
    await desk.register(mount(handlers));
    const guarded = protect({ scheme: 'browser' });
    desk.get('/me', guarded, async (request, reply) =>
      reply.type('text/html').send(pageOf('desk', guarded.principal(request).subject)),
    );
    await desk.listen({ port: Number(new URL(deskUrl).port), host: '127.0.0.1' });
  }

  it('logs in once for two applications, of two frameworks, and logs out of both', async () => {
    await page.goto(`${shopUrl}/auth/login?returnTo=/me`);
    await page.fill('input[name=account]', 'ann');
    await page.click('button');
    await page.waitForURL(`${shopUrl}/me`);
    expect(await page.textContent('#who')).toBe('shop: ann');

    await page.goto(`${deskUrl}/auth/login?returnTo=/me`);
    expect(page.url()).toBe(`${deskUrl}/me`);
    expect(await page.textContent('#who')).toBe('desk: ann');
    const cookies = await page.context().cookies();
    const ours = cookies.filter(({ name }) => name.startsWith('__Host-'));
    expect(ours.map(({ name }) => name).sort()).toEqual(['__Host-desk', '__Host-shop']);
    for (const { secure, httpOnly, sameSite, path } of ours)
      expect({ secure, httpOnly, sameSite, path }).toEqual({
        secure: true,
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
      });

    await page.click('text=Log out');
    await page.click('text=Sign out');
    const answered = await page.goto(`${shopUrl}/me`);
    expect(answered!.status()).toBe(401);
    expect((await page.goto(`${deskUrl}/me`))!.status()).toBe(401);
    const left = (await page.context().cookies()).filter(({ name }) => name.startsWith('__Host-'));
    expect(left).toEqual([]);
  });

  it('logs nobody out because a page elsewhere says so', async () => {
    await page.goto(`${shopUrl}/auth/login?returnTo=/me`);
    await page.fill('input[name=account]', 'bob');
    await page.click('button');
    await page.waitForURL(`${shopUrl}/me`);
    await page.goto(op.issuer);
    await page.setContent(`<form method="post" action="${shopUrl}/auth/logout"><button>Win</button></form>`);
    const [answered] = await Promise.all([page.waitForResponse(`${shopUrl}/auth/logout`), page.click('button')]);
    expect(answered.status()).toBe(403);
    await page.goto(`${shopUrl}/me`);
    expect(await page.textContent('#who')).toBe('shop: bob');
  });
});
