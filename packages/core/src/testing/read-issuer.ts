import { createHash } from 'node:crypto';

import type { Clock } from '../contracts/clock.js';
import type { Answer } from '../contracts/decision.js';
import type { Handler } from '../contracts/handler.js';
import type { AuthRequest } from '../contracts/request.js';
import type { RevocationStore } from '../contracts/stores.js';
import { Faults } from '../errors/faults.js';
import type { CertificateScheme } from '../issuer/client-certificate.js';
import type { ServerTls } from '../node/server-tls.js';
import type { Auth } from '../guard/create-auth.js';
import { createIssuer, type Issuer } from '../issuer/issuer.js';
import type { IssuerClient } from '../issuer/clients.js';
import { checkIssuerOptions, type IssuerOptions } from '../issuer/options.js';
import type { SigningKeyStore } from '../stores/signing-keys.js';
import { createMemoryTokens } from '../stores/memory/tokens.js';
import { isObject, type Members } from './members.js';
import { readMtls } from './read-schemes.js';
import type { StoreHooks } from './read-stores.js';

/** The issuer of a configuration. */
export interface ConfiguredIssuer {
  readonly handlers: (auth: Auth) => Readonly<Record<string, Handler>>;
  /** Undefined where there is none, or its URL is that of the server and nobody has asked yet. */
  readonly current: () => Issuer | undefined;
}

/** What the issuer is read against. */
export interface IssuerContext {
  readonly hooks: StoreHooks | undefined;
  /** Unset: in memory. */
  readonly signingKeys: SigningKeyStore | undefined;
  readonly revocation: RevocationStore;
  readonly clock: Clock;
  /** Whose authorities are those of `tls_client_auth`. */
  readonly tls: ServerTls | undefined;
}

const none: ConfiguredIssuer = { handlers: () => ({}), current: () => undefined };
// Stands for the URL of the server until it is known.
const unknownOrigin = 'https://issuer.invalid';

/** Reads `issuer`. Without `issuer` in it the issuer is the server itself, at `mount`: as the first request names it. */
export function readIssuer(json: unknown, context: IssuerContext, faults: Faults): ConfiguredIssuer {
  if (json === undefined) return none;
  if (!isObject(json))
    faults.add('issuer', 'invalid-option', 'must be an object: { "mount": "/oauth", "clients": [] }');
  const options = faults.within('issuer', () => readOptions(isObject(json) ? json : {}, context));
  if (options === undefined) return none;
  const { mount = '', issuer: given } = options;
  let issuer: Issuer | undefined;
  const issuerAt = (origin: string): Issuer =>
    (issuer ??= createIssuer({ ...options, issuer: given ?? `${origin}${mount}` }, { clock: context.clock }));
  if (given !== undefined) issuerAt('');
  return {
    current: () => issuer,
    handlers(auth) {
      const paths = Object.keys(
        (issuer ?? createIssuer({ ...options, issuer: `${unknownOrigin}${mount}` })).handlers(auth),
      );
      let handlers: Readonly<Record<string, Handler>> | undefined;
      const serve = (path: string, request: AuthRequest): Promise<Answer> => {
        handlers ??= issuerAt(request.url.origin).handlers(auth);
        return Object.entries(handlers).find(([name]) => name === path)![1](request);
      };
      return Object.fromEntries(paths.map((path) => [path, (request: AuthRequest) => serve(path, request)]));
    },
  };
}

type ReadOptions = Omit<IssuerOptions, 'issuer'> & { readonly issuer?: string };

/** @throws ConfigurationError with every fault of the options */
function readOptions(json: Members, { hooks, signingKeys, revocation, tls }: IssuerContext): ReadOptions {
  const faults = new Faults();
  const { clients, login, ...others } = json;
  for (const name of ['tokens', 'revocation', 'isActive', 'clientCertificates', 'assertionIssuers'])
    if (others[name] !== undefined) faults.add(name, 'invalid-option', 'cannot be written as JSON: leave it out');
  const { read, certificates } = readClients(clients);
  const tokens = createMemoryTokens();
  const options = {
    ...others,
    clients: read as readonly IssuerClient[],
    ...(certificates.length > 0 && {
      clientCertificates: faults.within('clients', () =>
        readMtls({ subjects: certificates }, tls),
      ) as CertificateScheme,
    }),
    tokens: hooks?.tokens(tokens) ?? tokens,
    revocation,
    ...(signingKeys !== undefined && { signing: { ...sealedBy(json), store: signingKeys } }),
    ...(login !== undefined && { login: readLogin(login, faults) }),
  } as ReadOptions;
  faults.throwIfAny();
  checkIssuerOptions({ issuer: unknownOrigin, ...options });
  return options;
}

/** Sealed with what all processes have alike, unless the configuration names a secret: itself. */
function sealedBy(json: Members): Members {
  const secretBase64 = createHash('sha256')
    .update(`signing keys ${JSON.stringify(json)}`)
    .digest('base64');
  return { secretBase64, ...(isObject(json['signing']) && json['signing']) };
}

/** The certificates of clients are named beside them. */
function readClients(clients: unknown): { readonly read: unknown; readonly certificates: readonly Members[] } {
  if (!Array.isArray(clients)) return { read: clients, certificates: [] };
  const certificates: Members[] = [];
  const read = (clients as readonly unknown[]).map((client) => {
    if (!isObject(client)) return client;
    const { subjectDn, sanUri, ...others } = client;
    if (subjectDn === undefined && sanUri === undefined) return others;
    const names = { ...(subjectDn !== undefined && { subjectDn }), ...(sanUri !== undefined && { sanUri }) };
    certificates.push({ ...names, subject: client['clientId'] });
    return others;
  });
  return { read, certificates };
}

/** A sign-in that is always this person. */
function readLogin(json: unknown, faults: Faults): NonNullable<IssuerOptions['login']> {
  const { subject, ...others } = isObject(json) ? json : {};
  if (typeof subject !== 'string' || subject === '' || Object.keys(others).length > 0)
    faults.add('login', 'invalid-option', 'must be { "subject": "alice" }');
  return () => ({ subject: subject as string });
}
