import { Faults, type Awaitable } from '@auth/core/signing';

import type { ClientCertificate } from './certificate.js';

/** Options of `createTlsAgent`. One source for the certificate, or none. */
export interface TlsAgentOptions {
  /** Gives the certificate: called at the start, and for each `reload()`. */
  readonly load?: () => Awaitable<ClientCertificate>;
  /** Files in PEM, which are watched. */
  readonly keyFile?: string;
  readonly certFile?: string;
  /** A file in PKCS #12, which is watched. */
  readonly pfxFile?: string;
  /** Of the key, or of PKCS #12. */
  readonly passphrase?: string;
  /** Who signs certificates of servers: a file in PEM. Default: those whom Node trusts. */
  readonly caFile?: string;
  /** Seconds between two looks at the files: 0.01 to 3600, default 1. */
  readonly watchSeconds?: number;
  /** Seconds for requests under way over connections of an old certificate: 0 to 3600, default 30. */
  readonly drainSeconds?: number;
  /** A proxy that takes CONNECT (RFC 9110 §9.3.6). Those of the environment are ignored. */
  readonly proxy?: ProxyOptions;
  /** Told of each certificate that was taken or refused. What it throws is lost. */
  readonly onEvent?: (event: TlsEvent) => void;
}

/** Its credentials are sent to it alone. */
export interface ProxyOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

export type TlsEvent =
  | { readonly kind: 'certificate-taken'; readonly identity: string }
  /** Another stays in use; `problem` says why. */
  | { readonly kind: 'certificate-refused'; readonly problem: string };

const known = [
  'load', 'keyFile', 'certFile', 'pfxFile', 'passphrase', 'caFile', 'watchSeconds', 'drainSeconds', 'proxy', 'onEvent',
]; // prettier-ignore

/** @throws ConfigurationError with every fault */
export function checkTlsOptions(options: TlsAgentOptions): void {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { load, keyFile, certFile, pfxFile, watchSeconds = 1, drainSeconds = 30, proxy, onEvent } = options;
  for (const name of ['keyFile', 'certFile', 'pfxFile', 'passphrase', 'caFile'] as const)
    if (options[name] !== undefined && (typeof options[name] !== 'string' || options[name] === ''))
      faults.add(name, 'invalid-option', 'must be text, and not empty');
  if ((keyFile === undefined) !== (certFile === undefined))
    faults.add('certFile', 'invalid-option', 'must stand beside keyFile, and nowhere else');
  if ([load, keyFile ?? certFile, pfxFile].filter((source) => source !== undefined).length > 1)
    faults.add('load', 'invalid-option', 'write one of load, keyFile with certFile, and pfxFile');
  for (const [name, given] of Object.entries({ load, onEvent }))
    if (given !== undefined && typeof given !== 'function') faults.add(name, 'invalid-option', 'must be a function');
  if (typeof watchSeconds !== 'number' || !(watchSeconds >= 0.01 && watchSeconds <= 3600))
    faults.add('watchSeconds', 'invalid-option', 'must be a number of seconds from 0.01 to 3600');
  if (typeof drainSeconds !== 'number' || !(drainSeconds >= 0 && drainSeconds <= 3600))
    faults.add('drainSeconds', 'invalid-option', 'must be a number of seconds from 0 to 3600');
  if (proxy !== undefined) checkProxy(proxy, faults);
  faults.throwIfAny();
}

function checkProxy(proxy: ProxyOptions, faults: Faults): void {
  faults.within('proxy', () => {
    const found = new Faults();
    found.addUnknown(proxy, ['url', 'username', 'password']);
    const url = typeof proxy.url === 'string' && URL.canParse(proxy.url) ? new URL(proxy.url) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      found.add('url', 'invalid-option', 'must be http or https, without user name and password: those are options');
    if ((proxy.username === undefined) !== (proxy.password === undefined))
      found.add('password', 'invalid-option', 'must stand beside username, and nowhere else');
    found.throwIfAny();
  });
}
