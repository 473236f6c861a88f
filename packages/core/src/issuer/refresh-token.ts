import type { EndpointContext } from '../contracts/endpoint.js';
import type { EventTarget } from '../contracts/audit-event.js';
import { askStore } from '../stores/ask-store.js';
import type { TokenEntry } from '../stores/tokens.js';
import { formatOpaque, hashSecret, isSecretOf, keyOf, makeSecret, parseOpaque, readJson, seal } from './opaque.js';
import { isRevoked, revoke } from './revocation.js';
import { proves, type Binding } from './binding.js';
import type { IssuerSettings } from './options.js';

/** What was granted once, and is carried on by refresh tokens of which each replaces the last (RFC 9700 §4.14.2). */
export interface Family {
  /** For events and as `sid` of its access tokens; not what a token finds it by. */
  readonly id: string;
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** Seconds since the epoch: what was revoked of whom before that is not about it. */
  readonly startedAt: number;
  /** Seconds since the epoch: no token of it is good after that. */
  readonly endsAt: number;
  readonly authenticatedAt?: number;
  readonly acr?: string;
  /** Keys of the client without which none of it is worth anything: of a public client, that proves nothing else (RFC 9449 §5, RFC 8705 §4). */
  readonly bound?: Binding;
}

/** As it is kept. */
interface State {
  readonly family: Family;
  /** Hash of the secret that is good. */
  readonly current: string;
  /** Seconds since the epoch: unless it is used before. */
  readonly idleEndsAt: number;
  /** The one before, and the one that is good, sealed so that the one before opens it. */
  readonly previous?: {
    readonly hash: string;
    readonly replacedAt: number;
    readonly successor: string;
    /** What was proved beside it: the successor is for nobody else. */
    readonly by?: Binding;
  };
  readonly revoked?: true;
}

/** What a refresh token turned out to be. */
export type Presented =
  | { readonly kind: 'good' | 'retried'; readonly family: Family; readonly successor: string }
  | { readonly kind: 'reused' | 'ended'; readonly family: Family }
  | { readonly kind: 'unknown' };

export const targetOf = ({ id, subject }: Family): EventTarget => ({ type: 'refresh-token', id, subject });

/** Starts a family. @returns its first refresh token */
export async function startFamily(
  settings: IssuerSettings,
  granted: Omit<Family, 'startedAt' | 'endsAt'>,
  { clock, random, signal }: EndpointContext,
): Promise<{ readonly family: Family; readonly refreshToken: string }> {
  const now = clock.now();
  const token = { name: makeSecret(random), secret: makeSecret(random) };
  const family: Family = {
    ...granted,
    startedAt: Math.floor(now),
    endsAt: Math.floor(now) + settings.refreshAbsoluteSeconds,
  };
  const state: State = { family, current: hashSecret(token.secret), idleEndsAt: idleEnd(settings, family, now) };
  const inserted = await askTokens(settings, signal, (store) =>
    store.insert(keyOf('refresh', token.name), entryOf(state), signal),
  );
  if (!inserted) throw new Error('the token store holds this family already');
  return { family, refreshToken: formatOpaque(token) };
}

/**
 * Finds the family of a refresh token without using it.
 * @returns undefined for a text that is none of ours
 */
export async function findFamily(
  settings: IssuerSettings,
  text: string,
  context: EndpointContext,
): Promise<{ readonly family: Family; readonly isGood: boolean } | undefined> {
  const { clock, signal } = context;
  const found = await load(settings, text, { now: clock.now(), signal });
  if (found === undefined) return undefined;
  const { state, token } = found;
  const { family } = state;
  const isGood = isLive(state, clock.now()) && isSecretOf(token.secret, state.current);
  return { family, isGood: isGood && !(await isFamilyRevoked(settings, family, context)) };
}

/** Whether it was revoked with all of its subject or of its client. */
export function isFamilyRevoked(
  settings: IssuerSettings,
  { id, subject, clientId, startedAt }: Family,
  context: EndpointContext,
): Promise<boolean> {
  return isRevoked(settings, { sid: id, sub: subject, client_id: clientId, iat: startedAt }, context);
}

/**
 * Uses a refresh token once (RFC 9700 §4.14.2): the store puts a successor in its place, in one step. One that was used before ends
 * its family, unless it is the last one and comes again within the grace, by whoever lost the answer: then it opens its successor.
 * @param graceSeconds 0 for none
 * @param binding what the request proves
 */
export async function useRefreshToken(
  settings: IssuerSettings,
  text: string,
  {
    context,
    graceSeconds,
    binding,
  }: {
    readonly context: EndpointContext;
    readonly graceSeconds: number;
    readonly binding: Binding | undefined;
  },
): Promise<Presented> {
  const { clock, random, signal } = context;
  // Another process may have put a successor there meanwhile: then this one was used before.
  for (let attempt = 0; attempt < 3; attempt++) {
    const now = clock.now();
    const found = await load(settings, text, { now, signal });
    if (found === undefined) return { kind: 'unknown' };
    const { state, token, key, value } = found;
    const { family, previous } = state;
    if (!isLive(state, now)) return { kind: 'ended', family };
    if (!isSecretOf(token.secret, state.current)) {
      const inGrace = previous !== undefined && now < previous.replacedAt + graceSeconds;
      const isSame = inGrace && isSecretOf(token.secret, previous.hash) && proves(binding, previous.by ?? {});
      if (!isSame) return { kind: 'reused', family };
      const successor = formatOpaque({ name: token.name, secret: seal(previous.successor, token.secret) });
      return { kind: 'retried', family, successor };
    }
    const secret = makeSecret(random);
    const next: State = {
      family,
      current: hashSecret(secret),
      idleEndsAt: idleEnd(settings, family, now),
      previous: {
        hash: state.current,
        replacedAt: now,
        successor: seal(secret, token.secret),
        ...(binding !== undefined && { by: binding }),
      },
    };
    const change = { from: value, to: entryOf(next) };
    if (await askTokens(settings, signal, (store) => store.replace(key, change, signal)))
      return { kind: 'good', family, successor: formatOpaque({ name: token.name, secret }) };
  }
  throw new Error('the token store changes an entry faster than it can be used');
}

/** Ends a family: its refresh tokens at once, its access tokens wherever the revocation store is asked. */
export async function endFamily(settings: IssuerSettings, text: string, context: EndpointContext): Promise<void> {
  const { clock, signal } = context;
  for (let attempt = 0; attempt < 10; attempt++) {
    const found = await load(settings, text, { now: clock.now(), signal });
    if (found === undefined) return;
    const { state, key, value } = found;
    // Its refresh tokens end by themselves.
    const { accessTokenSeconds: lifetimeSeconds } = settings;
    await revoke(settings, { kind: 'session', value: state.family.id, lifetimeSeconds }, context);
    if (state.revoked === true) return;
    const change = { from: value, to: entryOf({ ...state, revoked: true }) };
    if (await askTokens(settings, signal, (store) => store.replace(key, change, signal))) return;
  }
  throw new Error('the token store changes an entry faster than it can be ended');
}

async function load(
  settings: IssuerSettings,
  text: string,
  { now, signal }: { readonly now: number; readonly signal: AbortSignal | undefined },
): Promise<
  | {
      readonly state: State;
      readonly key: string;
      readonly value: string;
      readonly token: { readonly name: string; readonly secret: string };
    }
  | undefined
> {
  const token = parseOpaque(text);
  if (token === undefined) return undefined;
  const key = keyOf('refresh', token.name);
  const entry = await askTokens(settings, signal, (store) => store.find(key, now, signal));
  const state = entry && (readJson(entry.value) as State | undefined);
  return entry && state && { state, key, value: entry.value, token };
}

const isLive = ({ family, idleEndsAt, revoked }: State, now: number): boolean =>
  revoked !== true && now < idleEndsAt && now < family.endsAt;

const idleEnd = ({ refreshTokenSeconds }: IssuerSettings, { endsAt }: Pick<Family, 'endsAt'>, now: number): number =>
  Math.min(Math.floor(now) + refreshTokenSeconds, endsAt);

/** Until its absolute end, so that a token that was used is known for one. */
const entryOf = (state: State): TokenEntry => ({ value: JSON.stringify(state), until: state.family.endsAt });

export async function askTokens<T>(
  { tokens }: IssuerSettings,
  signal: AbortSignal | undefined,
  ask: (store: IssuerSettings['tokens']) => T | Promise<T>,
): Promise<T> {
  return askStore(() => ask(tokens), signal, 'token-store-unavailable');
}
