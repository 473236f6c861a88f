import { existsSync } from 'node:fs';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runDemo } from '../src/demo.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const patient = { timeout: 30_000 };
const missing = !existsSync(executablePath);
if (missing && !process.env['CI'])
  process.stderr.write('page.test.ts: skipped; apt-get install chromium, or name one in CHROMIUM\n');

// What keeps it from calling home; it runs as root in containers, where it has no sandbox.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// In CI a missing browser is a failure, which the launch reports.
describe.skipIf(missing && !process.env['CI'])('the page', { timeout: 60_000 }, () => {
  const stop = new AbortController();
  let url = '';
  let ended: Promise<number>;
  let browser: Browser;
  /** On a desk, in the light. */
  let page: Page;
  /** Whatever the page complains of. */
  const complaints: string[] = [];

  beforeAll(async () => {
    await new Promise<void>((resolve, reject) => {
      const print = (text: string): void => {
        url = /Open (http:\S+)/.exec(text)?.[1] ?? url;
        if (text.includes('Serving until')) resolve();
      };
      ended = runDemo({ once: false, port: 0, colors: false, print, stopped: stop.signal });
      ended.catch(reject);
    });
    browser = await chromium.launch({ executablePath, args });
    page = await openPage();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    stop.abort();
    await ended;
  });

  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const opened = await context.newPage();
    opened.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    opened.on('pageerror', (error) => complaints.push(error.message));
    opened.on('requestfailed', (failed) => complaints.push(failed.url()));
    await opened.goto(url);
    await opened.locator('#score.pass').waitFor();
    return opened;
  }

  it('shows every answer, each as expected', async () => {
    const answers = await page.locator('td button').count();
    expect(answers).toBeGreaterThan(200);
    expect(await page.locator('td button.pass').count()).toBe(answers);
    expect(await page.locator('#score').innerText()).toContain(`${answers} of ${answers}`);
    expect(await page.locator('.method h2').allInnerTexts()).toEqual([
      'Access tokens',
      'Asked of the issuer',
      'API keys',
      'Passwords',
      'Bound to a key',
      'Signed requests',
      'Whatever the method',
    ]);
  });

  it('tells why a hostile request was refused, with what was sent and what came back', async () => {
    await page.locator('button[data-request="token-for-another-audience"][data-framework="nest"]').click();
    const detail = page.locator('#detail');
    await detail.getByRole('heading', { name: 'token for another audience' }).waitFor();
    const text = await detail.innerText();
    for (const part of [
      'refused by nest',
      'Its audience (aud) is the billing service.',
      'bad-audience',
      'RFC 8725 §3.9',
      'GET /orders HTTP/1.1',
      '"aud": "https://billing.example"',
      'HTTP/1.1 401 Unauthorized',
      '"code":"invalid-token"',
      '"outcome": "refuse"',
      'curl -i -H',
    ])
      expect(text).toContain(part);
    expect(await detail.locator('mark.secret').first().innerText()).toMatch(/^eyJ/);
    expect(await detail.locator('mark.tell').first().innerText()).toContain('billing.example');
  });

  it('shows the body of a signed request, and the line that gives it away', async () => {
    await page.locator('button[data-request="signed-request-body-changed"][data-framework="fetch"]').click();
    const detail = page.locator('#detail');
    await detail.getByRole('heading', { name: 'signed request, body changed' }).waitFor();
    const text = await detail.innerText();
    for (const part of [
      'POST /imports HTTP/1.1',
      'Signature-Input:',
      '{"item":"gin"}',
      'digest-mismatch',
      '--data-binary',
    ])
      expect(text).toContain(part);
    expect(await detail.locator('mark.tell').first().innerText()).toBe('Content-Digest:');
  });

  it('sends again, and shows the event as the newest of the live stream', async () => {
    await page.locator('button[data-request="revoked-api-key"][data-framework="koa"]').click();
    const newest = page.locator('#stream li').first();
    const before = await newest.innerText();
    await page.getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => newest.innerText(), patient).not.toBe(before);
    expect(await newest.innerText()).toMatch(/refuse\s+koa\s+GET \/orders[\s\S]*key-revoked/);
    // The event may come before the answer does.
    const told = page.getByRole('status').last();
    await expect.poll(() => told.innerText(), patient).toMatch(/^Sent again. koa answered 401 invalid-credentials/);
    // Who works with the keyboard stays where they are.
    expect(await page.evaluate('document.activeElement.id')).toBe('again');
  });

  it('holds the stream still while it is paused, and shows what came in between afterwards', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    const newest = page.locator('#stream li').first();
    const before = await newest.innerText();
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('paused, 1 waiting').waitFor();
    expect(await newest.innerText()).toBe(before);
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(() => newest.innerText(), patient).not.toBe(before);
  });

  it('sends all again', async () => {
    await page.getByRole('button', { name: 'Send all again' }).click();
    const told = page.getByRole('status').last();
    await expect.poll(() => told.innerText(), patient).toMatch(/^(\d+) of \1 answers as expected$/);
    expect(await page.locator('td button.fail').count()).toBe(0);
  });

  it('rotates the keys: old tokens still get in, new ones bear the new kid, and the revoked one stays out', async () => {
    const rotate = page.getByRole('button', { name: 'Rotate keys' });
    const keys = page.locator('#keys');
    const [, before = ''] = /signs with (\S+), and/.exec(await keys.innerText()) ?? [];
    // The next key signs no sooner than five seconds after it was published.
    await expect
      .poll(async () => {
        if (await rotate.isEnabled()) await rotate.click();
        return keys.innerText();
      }, patient)
      .not.toContain(`signs with ${before},`);
    const [, after = '', published = ''] = /signs with (\S+), and publishes (.*)\.$/.exec(await keys.innerText()) ?? [];
    expect(published.split(', ')).toEqual(expect.arrayContaining([before, after]));
    await expect.poll(() => rotate.isEnabled(), patient).toBe(true);
    expect(await page.locator('td button.fail').count()).toBe(0);
    for (const [request, said, keyid] of [
      ['token-from-before-the-rotation', 'let in by koa', before],
      ['token-from-after-the-rotation', 'let in by koa', after],
      ['revoked-token', 'refused by koa', after],
    ] as const) {
      await page.locator(`button[data-request="${request}"][data-framework="koa"]`).click();
      const text = await page.locator('#detail').innerText();
      expect(text).toContain(said);
      expect(text).toContain(`"kid": "${keyid}"`);
    }
  });

  it('is worked with the keyboard: one stop for the table, arrows within it', async () => {
    expect(await page.locator('td button[tabindex="0"]').count()).toBe(1);
    await page.locator('button[data-request="alg-none-without-a-signature"][data-framework="express"]').click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#detail').innerText()).toMatch(/refused by fastify\s+HS256 signed with the public key/);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("td")')).toBeNull();
  });

  it('shows what it was sent as text, never as markup', async () => {
    const script = '<img src=x onerror="document.title=1">';
    const [, server = ''] = await page.locator('thead small').allInnerTexts();
    const newest = page.locator('#stream li').first();
    const before = await newest.innerText();
    await fetch(`http://127.0.0.1${server}/orders`, { headers: { 'user-agent': script } });
    await expect.poll(() => newest.innerText(), patient).not.toBe(before);
    await newest.locator('summary').click();
    await newest.getByText('onerror').waitFor();
    expect(await page.locator('#stream img').count()).toBe(0);
  });

  it('fits a phone without scrolling sideways, and shows the details in a sheet that Escape closes', async () => {
    const phone = await openPage({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    const widest = 'Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)';
    expect(await phone.evaluate(widest)).toBe(390);
    await phone.locator('button[data-request="expired-token"][data-framework="fetch"]').tap();
    const sheet = phone.getByRole('dialog');
    await sheet.getByText('Why it is refused').waitFor();
    expect(await phone.evaluate(widest)).toBe(390);
    await phone.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    expect(await phone.evaluate('document.activeElement.dataset.request')).toBe('expired-token');
  });

  it.each(['light', 'dark'] as const)(
    'has a contrast of at least 4.5 for every text in the %s (WCAG 2.2 §1.4.3)',
    async (colorScheme) => {
      const colored = await openPage({ colorScheme });
      const ground = await colored.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      expect(ground).toBe(colorScheme === 'light' ? 'rgb(247, 246, 243)' : 'rgb(20, 23, 26)');
      const faint = await colored.evaluate<string[]>(findFaintText);
      expect(faint).toEqual([]);
    },
  );

  it('complains of nothing in all this', () => {
    expect(complaints).toEqual([]);
  });
});

/** Texts whose contrast with what is behind them is less than 4.5, by the formula of WCAG 2.2. Runs in the page. */
const findFaintText = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] === undefined || color[3] === 1) return color;
    }
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || !element.checkVisibility() || element.closest(':disabled, noscript')) continue;
    const [more, less] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (more + 0.05) / (less + 0.05);
    if (contrast < 4.5) faint.push(contrast.toFixed(2) + ' ' + node.data.trim().slice(0, 40));
  }
  return faint;
})()`;
