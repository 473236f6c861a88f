import { parseJsonObject, type JsonObject } from '../../base/strict-json.js';
import type { EventTarget } from '../../contracts/audit-event.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { EndpointHost, Served } from '../../contracts/endpoint.js';
import type { Handler } from '../../contracts/handler.js';
import type { Principal } from '../../contracts/principal.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Requirement } from '../../contracts/requirement.js';
import { isConfigurationError } from '../../errors/configuration-error.js';
import { failure } from '../../errors/failures.js';
import { answerJson, answerMethodNotAllowed, isMediaType } from '../../http/json-answer.js';
import type { ApiKeyRecord } from '../../stores/credentials.js';
import { checkHandlerOptions, type Rights } from './handler-options.js';
import type { ApiKeyManager, CreatedApiKey } from './manager.js';

/** Options of `createApiKeyHandlers()`. */
export interface ApiKeyHandlersOptions {
  /** What `createAuth` answered. */
  readonly auth: EndpointHost & { readonly schemes: Readonly<Record<string, { readonly issuer?: string }>> };
  readonly manager: ApiKeyManager;
  /** What whoever manages keys must meet: as `protect` takes it. */
  readonly require: Requirement;
  /** Where the handlers lie; default `/keys`. */
  readonly path?: string;
  /** Whether somebody may manage the keys of a subject. Default: those of their own alone. */
  readonly mayManage?: (principal: Principal, subject: string) => Awaitable<boolean>;
  /** Whether somebody may give a key these scopes and roles. Default: those alone that they have themselves. */
  readonly mayGrant?: (principal: Principal, rights: Rights) => Awaitable<boolean>;
  /** How old a key may get before it is listed as overdue: 30 to 90 days in seconds; default 90 days. */
  readonly rotationSeconds?: number;
}

/** One request of somebody whom the requirement has let through. */
interface Call {
  readonly principal: Principal;
  readonly request: AuthRequest;
  readonly query: URLSearchParams;
}

type Operation = (call: Call) => Promise<Served>;
type Members = readonly string[];

// Decision: without `limit`. Whoever manages their own keys must not choose how often they may be used.
const rightsMembers: Members = ['name', 'scopes', 'roles', 'addresses', 'expiresAt'];
const malformed = failure('malformed-request');
const notOwner = failure('not-owner');
const escalation = failure('scope-escalation');

/**
 * Makes handlers by which people and services manage their own API keys, for `mount()`.
 *
 * | request | does |
 * |---|---|
 * | `POST /keys` `{"name","scopes","roles","addresses","expiresAt","notBefore","subject"}` | makes a key: `{"id","key"}`, shown this once |
 * | `GET /keys?after=ID&limit=100` | lists: `{"keys":[…]}` |
 * | `GET /keys?id=ID` | describes one |
 * | `GET /keys/overdue` | lists those to rotate |
 * | `PATCH /keys?id=ID` `{"name","scopes","roles","addresses","expiresAt"}` | changes one; with `expiresAt` it ends then |
 * | `POST /keys/rotate` `{"id","graceSeconds"}` | makes a successor: `{"id","key"}`, shown this once |
 * | `POST /keys/revoke` `{"id"}` | revokes at once |
 *
 * Checks: the requirement, before anything is read; that bodies are JSON of these members; that a key is the caller's own, else 404
 * as for one that is not there; that no key gets, or is rotated with, scopes or roles that the caller lacks. One event each:
 * `key-created`, `keys-listed`, `key-described`, `key-changed`, `key-rotated`, `key-revoked`.
 * Does not check: whether the caller is a person. A key that meets the requirement can make keys that outlive it.
 * @throws ConfigurationError with every fault of the options.
 * @example app.use(mount(createApiKeyHandlers({ auth, manager, require: { scheme: 'session' } })));
 */
export function createApiKeyHandlers(options: ApiKeyHandlersOptions): Readonly<Record<string, Handler>> {
  const { auth, manager, require, path, mayManage, mayGrant, rotationSeconds } = checkHandlerOptions(options);

  const manages = async ({ principal }: Pick<Call, 'principal'>, subject: string): Promise<boolean> =>
    isTrue(await mayManage(principal, subject));
  const ownKey = async ({ principal }: Call, id: unknown): Promise<ApiKeyRecord | undefined> => {
    const record = typeof id === 'string' ? await manager.describe(id) : undefined;
    return record !== undefined && (await manages({ principal }, record.subject)) ? record : undefined;
  };
  const grants = async ({ principal }: Call, { scopes = [], roles = [] }: Partial<Rights>): Promise<boolean> =>
    isTrue(await mayGrant(principal, { scopes, roles }));

  const create: Operation = async (call) => {
    const body = await readBody(call, [...rightsMembers, 'subject', 'notBefore']);
    if (body === undefined) return malformed;
    const subject = body['subject'] ?? call.principal.subject;
    if (typeof subject !== 'string' || !(await manages(call, subject))) return notOwner;
    // Before who may give what: lists that are none cannot be compared.
    return orMalformed(async () => {
      const rights = { ...body, subject } as Parameters<ApiKeyManager['create']>[0];
      manager.check(rights);
      if (!(await grants(call, rights))) return escalation;
      return showOnce('key-created', await manager.create(rights), subject);
    });
  };
  const list: Operation = async (call) => {
    const limit = Number(call.query.get('limit') ?? 100);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return malformed;
    const after = call.query.get('after');
    const subject = call.query.get('subject') ?? call.principal.subject;
    if (!(await manages(call, subject))) return notOwner;
    const keys = await manager.list({ subject, limit, ...(after !== null && { after }) });
    return served('keys-listed', { keys: keys.map(describe) }, { id: null, subject });
  };
  const overdue: Operation = async (call) => {
    const subject = call.query.get('subject') ?? call.principal.subject;
    if (!(await manages(call, subject))) return notOwner;
    const keys: object[] = [];
    for await (const key of manager.overdue({ subject, rotationSeconds })) {
      keys.push(describe(key));
      if (keys.length === 1000) break;
    }
    return served('keys-listed', { keys }, { id: null, subject });
  };
  const describeOne: Operation = async (call) => {
    const record = await ownKey(call, call.query.get('id'));
    return record === undefined ? notOwner : served('key-described', describe(record), record);
  };
  const change: Operation = async (call) => {
    const body = await readBody(call, rightsMembers);
    if (body === undefined) return malformed;
    const record = await ownKey(call, call.query.get('id'));
    if (record === undefined) return notOwner;
    return orMalformed(async () => {
      manager.check({ ...body, subject: record.subject });
      if (!(await grants(call, body))) return escalation;
      const changed = await manager.change(record.id, body);
      return changed === undefined ? notOwner : served('key-changed', describe(changed), changed);
    });
  };
  const rotate: Operation = async (call) => {
    const body = await readBody(call, ['id', 'graceSeconds']);
    const grace = body?.['graceSeconds'] ?? 0;
    if (body === undefined || typeof grace !== 'number' || !(grace >= 0 && grace <= maxGraceSeconds)) return malformed;
    const record = await ownKey(call, body['id']);
    if (record === undefined) return notOwner;
    // Whoever rotates holds the new key: it must not be worth more than what they came with.
    if (!(await grants(call, record))) return escalation;
    const successor = await manager.rotate(record.id, { graceSeconds: grace });
    return successor === undefined ? malformed : showOnce('key-rotated', successor, record.subject);
  };
  const revoke: Operation = async (call) => {
    const body = await readBody(call, ['id']);
    if (body === undefined) return malformed;
    const record = await ownKey(call, body['id']);
    if (record === undefined) return notOwner;
    await manager.revoke(record.id);
    return served('key-revoked', { id: record.id }, record);
  };

  const handle =
    (operations: Readonly<Record<string, Operation>>): Handler =>
    (request) =>
      auth.forAdapters.serve(request, require, ({ principal }) => {
        // Decision: a requirement that lets nobody in particular through (public, optional) manages nobody's keys.
        if (principal === null) return failure('no-credentials');
        const operation = Object.hasOwn(operations, request.method) ? operations[request.method] : undefined;
        if (operation === undefined) return methodNotAllowed(Object.keys(operations));
        return operation({ principal, request, query: queryOf(request.target) });
      });
  return Object.freeze({
    [path]: handle({
      GET: (call) => (call.query.has('id') ? describeOne(call) : list(call)),
      POST: create,
      PATCH: change,
    }),
    [`${path}/overdue`]: handle({ GET: overdue }),
    [`${path}/rotate`]: handle({ POST: rotate }),
    [`${path}/revoke`]: handle({ POST: revoke }),
  });
}

// What somebody wrote may answer anything: nothing but true lets.
const isTrue = (answer: unknown): boolean => answer === true;

// Decision: whoever needs the old key for longer than 30 days does not rotate.
const maxGraceSeconds = 30 * 86_400;

function methodNotAllowed(methods: readonly string[]): Served {
  const deed = { outcome: 'refuse', reason: 'method-not-allowed' } as const;
  return { kind: 'served', answer: answerMethodNotAllowed(methods), deed };
}

const queryOf = (target: string): URLSearchParams => {
  const start = target.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : target.slice(start + 1));
};

/** Undefined for anything but JSON of these members; a body of another type could be sent by a form of any page. */
async function readBody({ request }: Call, members: Members): Promise<JsonObject | undefined> {
  if (!isMediaType(request.headers.getAll('content-type'), 'application/json')) return undefined;
  const body = parseJsonObject(await request.body());
  return body !== undefined && Object.keys(body).every((name) => members.includes(name)) ? body : undefined;
}

/** What no key can have is the caller's mistake here. */
async function orMalformed(work: () => Promise<Served>): Promise<Served> {
  try {
    return await work();
  } catch (error) {
    if (isConfigurationError(error)) return malformed;
    throw error;
  }
}

function served(
  reason: string,
  json: object,
  { id, subject }: { readonly id: string | null; readonly subject: string },
): Served {
  const target: EventTarget = { type: 'api-key', id, subject };
  return { kind: 'served', answer: answerJson(200, json), deed: { outcome: 'allow', reason, target } };
}

/** The one answer that holds a key. */
const showOnce = (reason: string, { id, key }: CreatedApiKey, subject: string): Served =>
  served(reason, { id, key }, { id, subject });

/** What is kept of a key, times as RFC 3339. */
function describe({ createdAt, expiresAt, notBefore, replacedUntil, lastUsedAt, ...record }: ApiKeyRecord): object {
  const times = Object.entries({ createdAt, expiresAt, notBefore, replacedUntil, lastUsedAt });
  const written = times.flatMap(([name, at]) => (at === undefined ? [] : [[name, new Date(at * 1000).toISOString()]]));
  return { ...record, ...(Object.fromEntries(written) as object) };
}
