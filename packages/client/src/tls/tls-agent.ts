import { readFile, stat } from 'node:fs/promises';

import type { Awaitable } from '@auth/core/signing';
import { fetch, type Dispatcher } from 'undici';

import type { ClientTls } from '../client-tls.js';
import { loadCertificate, type ClientCertificate, type LoadedCertificate } from './certificate.js';
import { toFetchInit } from './fetch-init.js';
import { checkTlsOptions, type TlsAgentOptions, type TlsEvent } from './options.js';
import { createConnections } from './connections.js';
import { SwitchingDispatcher, type Connections } from './switching-dispatcher.js';

/** Connections with a client certificate, and the `fetch` that goes over them. */
export interface TlsAgent extends ClientTls, AsyncDisposable {
  /** For undici itself. */
  readonly dispatcher: Dispatcher;
  /** Looks for a new certificate now. Answers whether it was taken. */
  readonly reload: () => Promise<boolean>;
  /** Ends it once the requests under way have ended, or their time is over. */
  readonly close: () => Promise<void>;
}

/**
 * Makes connections that prove who this client is by its certificate (RFC 8705 §2), and go on with a new one when its files change.
 *
 * Checks: certificates of servers, always; that key and certificate belong together: until both files are there in their new form, the
 * old pair stays in use. TLS 1.2 at least.
 * Does not check: what the certificate says.
 * @throws ConfigurationError for wrong options, and an Error where there is no certificate that can be used at the start
 * @example
 * const tls = await createTlsAgent({ keyFile: 'client.key', certFile: 'client.pem' });
 * const api = createClient({ origin: 'https://api.example', auth, tls });
 */
export async function createTlsAgent(options: TlsAgentOptions): Promise<TlsAgent> {
  checkTlsOptions(options);
  const ca = options.caFile === undefined ? undefined : await readFile(options.caFile, 'utf8');
  const source = findSource(options);
  let version = await versionOf(source);
  let loaded = await source.load();
  const connect = (): Connections =>
    createConnections({ certificate: loaded === nobody ? undefined : loaded.material, ca, proxy: options.proxy });
  const dispatcher = new SwitchingDispatcher(connect(), options.drainSeconds ?? 30);
  const emit = createEmitter(options.onEvent);

  const take = async (): Promise<boolean> => {
    try {
      const seen = await versionOf(source);
      const next = await source.load();
      version = seen;
      if (next.identity === loaded.identity) return false;
      loaded = next;
      dispatcher.replace(connect());
      emit({ kind: 'certificate-taken', identity: next.identity });
      return true;
    } catch (error) {
      emit({ kind: 'certificate-refused', problem: (error as Error).message });
      return false;
    }
  };
  let taking: Promise<boolean> = Promise.resolve(false);
  // One after another, so that an older one never takes the place of a newer one.
  const reload = (): Promise<boolean> => (taking = taking.then(take));
  const look = async (): Promise<void> => {
    if ((await versionOf(source).catch(() => version)) !== version) await reload();
  };
  const watching =
    source.files.length === 0 ? undefined : setInterval(() => void look(), (options.watchSeconds ?? 1) * 1000);
  watching?.unref();
  const close = async (): Promise<void> => {
    clearInterval(watching);
    await dispatcher.close();
  };
  return Object.freeze({
    fetch: async (url: string, init: RequestInit) =>
      fetch(url, { ...(await toFetchInit(init)), dispatcher }) as unknown as Promise<Response>,
    get identity() {
      return loaded.identity;
    },
    dispatcher,
    reload,
    close,
    [Symbol.asyncDispose]: close,
  });
}

/** Where the certificate comes from. */
interface Source {
  readonly files: readonly string[];
  load(): Promise<LoadedCertificate>;
}

const nobody: LoadedCertificate = { material: { pfx: new Uint8Array() }, identity: '' };

function findSource(options: TlsAgentOptions): Source {
  const { load, keyFile, certFile, pfxFile, passphrase } = options;
  const own = passphrase === undefined ? {} : { passphrase };
  const by = (files: readonly string[], read: () => Awaitable<ClientCertificate>): Source => ({
    files,
    load: async () => loadCertificate(await read()),
  });
  if (load !== undefined) return by([], load);
  if (pfxFile !== undefined) return by([pfxFile], async () => ({ pfx: await readFile(pfxFile), ...own }));
  if (keyFile === undefined || certFile === undefined) return { files: [], load: () => Promise.resolve(nobody) };
  return by([keyFile, certFile], async () => ({
    key: await readFile(keyFile),
    cert: await readFile(certFile),
    ...own,
  }));
}

/** What changes with each replacement of a file, through links too. */
async function versionOf({ files }: Source): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(file, { bigint: true })));
  return stats.map(({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`).join();
}

function createEmitter(onEvent: TlsAgentOptions['onEvent']): (event: TlsEvent) => void {
  return (event) => {
    try {
      onEvent?.(Object.freeze(event));
    } catch {
      // A listener that fails must not stop the next certificate.
    }
  };
}
