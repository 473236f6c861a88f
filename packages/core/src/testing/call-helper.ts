import { configurationError, isConfigurationError } from '../errors/configuration-error.js';
import { isFailureError } from '../errors/failure-error.js';
import { isOidcError } from '../schemes/oidc/index.js';
import { createMemoryReplay } from '../stores/memory/replay.js';
import { isObject, type Members } from './members.js';
import { oidcHelpers } from './oidc-helpers.js';
import { signatureHelpers } from './signature-helpers.js';

/** What a helper answered, or the code that it refused with. */
export type HelperAnswer =
  | { readonly ok: Members | string }
  | { readonly error: { readonly code: string }; readonly message: string };

/** Calls helpers by name, with what JSON can say. */
export interface HelperCaller {
  readonly names: readonly string[];
  call(name: string, input: unknown): Promise<HelperAnswer>;
}

/** What all calls of one caller share: what is good once is good once among them. */
export interface HelperStores {
  readonly replay: ReturnType<typeof createMemoryReplay>;
}

/** A helper of the conformance program: takes members of its JSON. */
export type Helper = (input: Members, stores: HelperStores) => Promise<Members | string>;

const helpers: Readonly<Record<string, Helper>> = { ...oidcHelpers, ...signatureHelpers };

/**
 * Makes what `conformance call` calls with: the public helpers that are no route, the names of their options those of the JSON.
 * @example await createHelperCaller().call('verifyIdToken', { issuer, clientId, idToken })   // { ok: { claims } }
 */
export function createHelperCaller(): HelperCaller {
  const stores = { replay: createMemoryReplay() };
  return {
    names: Object.keys(helpers),
    async call(name, input) {
      try {
        const helper = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
        if (helper === undefined) refuse(name, `is no helper; there are ${Object.keys(helpers).join(', ')}`);
        if (!isObject(input)) refuse('$', 'must be a JSON object');
        return { ok: await helper(input, stores) };
      } catch (error) {
        return { error: { code: codeOf(error) }, message: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

function refuse(path: string, message: string): never {
  throw configurationError(path, 'invalid-option', message);
}

function codeOf(error: unknown): string {
  if (isOidcError(error) || isConfigurationError(error)) return error.code;
  return isFailureError(error) ? error.failure.code : 'internal-error';
}
