import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createDocumentFetcher } from '../../src/http/document-fetcher.js';
import { isPublicAddress } from '../../src/http/addresses.js';
import { createPublicFetch, publicFetch, type PublicFetchOptions } from '../../src/node/public-fetch.js';
import { serveDocuments, text, type DocumentServer } from '../fixtures/documents.js';

let server: DocumentServer;
beforeEach(async () => {
  server = await serveDocuments();
  server.serve({ keys: [] });
});
afterEach(() => server.close());

const fetchFrom = (url: string, options: Partial<PublicFetchOptions> = {}): Promise<unknown> => {
  const fetch = createPublicFetch({
    lookup: (_name, _options, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]),
    isPublic: isPublicAddress,
    ...options,
  });
  const fetchDocument = createDocumentFetcher({
    fetch,
    timeoutSeconds: 60,
    maxBytes: 1000,
    publicAddressesOnly: false,
  });
  return fetchDocument(new URL(url));
};
const port = (): string => new URL(server.origin).port;

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('is true of %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  // prettier-ignore
  it.each([
    '127.0.0.1', '127.8.8.8', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1',
    '169.254.169.254', '100.64.0.1', '192.0.0.8', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1',
    '240.0.0.1', '255.255.255.255', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:0:127.0.0.1',
    'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '64:ff9b::127.0.0.1', '64:ff9b:1::1',
    '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '4000::1', 'localhost', '127.1', '0x7f.0.0.1',
    '2130706433', '',
  ])('is false of "%s"', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a fetch that keeps to public addresses (CWE-918)', () => {
  it('judges the address that a name leads to when it connects (jwks-private-address)', async () => {
    await expect(fetchFrom(`http://keys.example:${port()}/jwks`)).rejects.toThrow('keys.example has no public address');
    expect(server.fetches()).toBe(0);
  });

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '0x7f.1', '127.1', '0177.0.0.1'])(
    'judges an address in the URL, which nobody looks up: %s',
    async (host) => {
      await expect(fetchFrom(`http://${host}:${port()}/jwks`)).rejects.toThrow('is not a public address');
      expect(server.fetches()).toBe(0);
    },
  );

  it('is what the runtime has: it refuses localhost', async () => {
    const fetchDocument = createDocumentFetcher({ timeoutSeconds: 60, maxBytes: 1000, publicAddressesOnly: true });
    await expect(fetchDocument(new URL(`http://localhost:${port()}/jwks`))).rejects.toThrow(/public address/);
    expect(publicFetch).toBeTypeOf('function');
    expect(server.fetches()).toBe(0);
  });

  it('connects to a public address alone, where a name has others beside', async () => {
    const asked: string[] = [];
    const document = await fetchFrom(`http://keys.example:${port()}/jwks`, {
      lookup: (_name, _options, answer) =>
        answer(null, [
          { address: '10.0.0.1', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]),
      // Stands for a public address, of which a test has none.
      isPublic: (address) => (asked.push(address), address === '127.0.0.1'),
    });
    expect(document).toEqual({ keys: [] });
    expect(asked).toEqual(['10.0.0.1', '127.0.0.1']);
  });

  it('says that a name was not found', async () => {
    await expect(
      fetchFrom('https://keys.example/jwks', {
        lookup: (_name, _options, answer) => answer(new Error('getaddrinfo ENOTFOUND keys.example'), []),
      }),
    ).rejects.toThrow('ENOTFOUND');
  });

  const anywhere = { isPublic: () => true };

  it('follows no redirect, and reads no more than it may', async () => {
    server.serve((_req, res) => void res.writeHead(302, { location: '/other' }).end());
    await expect(fetchFrom(server.url(), anywhere)).rejects.toThrow('redirects');
    server.serve(text(`{}${' '.repeat(999)}`));
    await expect(fetchFrom(server.url(), anywhere)).rejects.toThrow('longer than 1000 bytes');
  });

  it('asks for no compression, and reads none', async () => {
    server.serve((req, res) => void res.end(JSON.stringify({ encoding: req.headers['accept-encoding'] })));
    expect(await fetchFrom(server.url(), anywhere)).toEqual({ encoding: 'identity' });
  });

  it('ends with its signal', async () => {
    const leaving = new AbortController();
    server.serve(() => leaving.abort(new Error('gone')));
    const fetch = createPublicFetch({ lookup: () => undefined, isPublic: () => true });
    await expect(fetch(server.url(), { headers: {}, redirect: 'manual', signal: leaving.signal })).rejects.toThrow(
      /abort/i,
    );
  });
});
