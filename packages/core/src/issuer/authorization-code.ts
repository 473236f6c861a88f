import type { EndpointContext } from '../contracts/endpoint.js';
import { formatOpaque, hashSecret, isSecretOf, keyOf, makeSecret, parseOpaque, readJson, sealToken } from './opaque.js';
import type { IssuerSettings } from './options.js';
import { askTokens } from './refresh-token.js';

/** What a code stands for. */
export interface Code {
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly redirectUri: string;
  /** RFC 7636 §4.2, S256. */
  readonly challenge: string;
  /** Thumbprint of the key that its tokens are to be bound to (RFC 9449 §10). */
  readonly dpopKey?: string;
  readonly tellScopes: boolean;
  readonly authenticatedAt?: number;
  readonly acr?: string;
}

interface State {
  readonly code: Code;
  readonly secret: string;
  readonly goodUntil: number;
  /** Set once it was used: the first refresh token that was issued on it, sealed by the code; empty where there is none yet. */
  readonly used?: string;
  /** It came again before there was a refresh token to end. */
  readonly reused?: true;
}

// Decision: a minute. RFC 6749 §4.1.2 allows ten.
const codeSeconds = 60;
/** How long a code that was used is known for one. */
const memorySeconds = 600;

/** Makes a code (RFC 6749 §4.1.2). */
export async function issueCode(settings: IssuerSettings, code: Code, context: EndpointContext): Promise<string> {
  const { clock, random, signal } = context;
  const token = { name: makeSecret(random), secret: makeSecret(random) };
  const now = clock.now();
  const state: State = { code, secret: hashSecret(token.secret), goodUntil: now + codeSeconds };
  const entry = { value: JSON.stringify(state), until: now + memorySeconds };
  await askTokens(settings, signal, (store) => store.insert(keyOf('code', token.name), entry, signal));
  return formatOpaque(token);
}

/** A code that was good until now. `before`: it was used already, and this refresh token was issued on it. */
export interface UsedCode {
  readonly code: Code;
  /** Of all that is issued on it: revoked where it comes again. */
  readonly session: string;
  readonly before?: string;
  /** Keeps what was issued on it, so that it can be ended. @returns false where it came again meanwhile: then it is to be ended now */
  readonly remember: (refreshToken: string) => Promise<boolean>;
}

/** Uses a code: of two who do at once, one is the first. @returns undefined for one that is none, or is too old */
export async function useCode(
  settings: IssuerSettings,
  text: string,
  { clock, signal }: EndpointContext,
): Promise<UsedCode | undefined> {
  const token = parseOpaque(text);
  if (token === undefined) return undefined;
  const key = keyOf('code', token.name);
  const session = keyOf('session', token.name);
  for (let attempt = 0; attempt < 3; attempt++) {
    const now = clock.now();
    const entry = await askTokens(settings, signal, (store) => store.find(key, now, signal));
    const state = entry && (readJson(entry.value) as State | undefined);
    if (entry === undefined || state === undefined || !isSecretOf(token.secret, state.secret)) return undefined;
    const { code, used } = state;
    const change = async (from: string, to: State): Promise<boolean> =>
      askTokens(settings, signal, (store) =>
        store.replace(key, { from, to: { value: JSON.stringify(to), until: entry.until } }, signal),
      );
    if (used !== undefined) {
      // Whoever is still issuing on it learns so.
      if (used === '' && state.reused !== true && !(await change(entry.value, { ...state, reused: true }))) continue;
      const issued = parseOpaque(used);
      const before = issued === undefined ? '' : formatOpaque(sealToken(issued, token.secret));
      return { code, session, before, remember: async () => false };
    }
    if (now >= state.goodUntil) return undefined;
    const first: State = { ...state, used: '' };
    if (!(await change(entry.value, first))) continue;
    return {
      code,
      session,
      async remember(refreshToken) {
        const issued = parseOpaque(refreshToken)!;
        return change(JSON.stringify(first), { ...first, used: formatOpaque(sealToken(issued, token.secret)) });
      },
    };
  }
  return undefined;
}
