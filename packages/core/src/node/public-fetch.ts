import { lookup as lookupInDns, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { request as requestOverHttp } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';

import { isPublicAddress } from '../http/addresses.js';
import type { Fetch } from '../http/document-fetcher.js';

type LookupError = Parameters<Parameters<LookupFunction>[2]>[0];
type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: LookupError, addresses: LookupAddress[]) => void,
) => void;

export interface PublicFetchOptions {
  readonly lookup: Lookup;
  readonly isPublic: (address: string) => boolean;
}

/**
 * Makes a fetch that connects to public addresses alone. The address is judged where the connection is made: a name that
 * was looked up before may lead elsewhere by then. It follows no redirect, goes through no proxy, and asks for no compression.
 */
export function createPublicFetch({ lookup, isPublic }: PublicFetchOptions): Fetch {
  const lookUpPublic: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const open = error === null ? found.filter(({ address }) => isPublic(address)) : [];
      const [first] = open;
      if (first === undefined) callback(error ?? new Error(`${hostname} has no public address`), []);
      else if (options.all === true) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };
  return (url, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const target = new URL(url);
      const host = target.hostname.replace(/^\[|\]$/g, '');
      // An address is connected to without a look-up.
      if (isIP(host) !== 0 && !isPublic(host)) throw new Error(`${host} is not a public address`);
      const request = target.protocol === 'https:' ? requestOverHttps : requestOverHttp;
      request(
        target,
        { headers: { ...headers, 'accept-encoding': 'identity' }, signal, agent: false, lookup: lookUpPublic },
        (incoming) =>
          resolve({
            status: incoming.statusCode ?? 0,
            body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>,
          }),
      )
        .on('error', reject)
        .end();
    });
}

export const publicFetch: Fetch | undefined = createPublicFetch({ lookup: lookupInDns, isPublic: isPublicAddress });
