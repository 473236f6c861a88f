import type { Awaitable } from '../../contracts/awaitable.js';
import type { Principal } from '../../contracts/principal.js';
import { Faults } from '../../errors/faults.js';
import type { ApiKeyHandlersOptions } from './handlers.js';
import { checkRotation } from './overdue.js';

/** What a key lets do. */
export interface Rights {
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

/** Options of `createApiKeyHandlers()`, checked and filled in. */
export type ApiKeyHandlersSettings = Required<ApiKeyHandlersOptions>;

const known = ['auth', 'manager', 'require', 'path', 'mayManage', 'mayGrant', 'rotationSeconds'];

/** @throws ConfigurationError with every fault of the options. */
export function checkHandlerOptions(options: ApiKeyHandlersOptions): ApiKeyHandlersSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { auth, manager, require, path = '/keys' } = options;
  if (typeof auth?.forAdapters?.serve !== 'function')
    faults.add('auth', 'invalid-option', 'must be what createAuth answered');
  if (typeof manager?.create !== 'function' || typeof manager.overdue !== 'function')
    faults.add('manager', 'invalid-option', 'must be what createApiKeyManager answered');
  if (typeof require !== 'object' || require === null)
    faults.add('require', 'requirement-required', 'is missing: what whoever manages keys must meet');
  else if ('public' in require || 'optional' in require)
    faults.add('require', 'invalid-option', 'must not let anybody through: nobody would own the keys');
  else faults.within('', () => auth?.forAdapters?.guard(require));
  if (typeof path !== 'string' || !/^(?:\/[\w.~-]+)+$/.test(path))
    faults.add('path', 'invalid-option', 'must be a path, such as "/keys"');
  for (const name of ['mayManage', 'mayGrant'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      faults.add(name, 'invalid-option', 'must be a function');
  const rotationSeconds = faults.within('', () => checkRotation(options.rotationSeconds));
  faults.throwIfAny();
  return {
    auth,
    manager,
    require,
    path,
    mayManage:
      options.mayManage ?? ((principal, subject) => isOwn(options, principal) && principal.subject === subject),
    mayGrant: options.mayGrant ?? hasAll,
    rotationSeconds: rotationSeconds!,
  };
}

/** A subject is a name inside its issuer: of a scheme with many issuers two people may have one name. */
function isOwn({ auth }: ApiKeyHandlersOptions, { issuer, scheme }: Principal): boolean {
  return issuer === null || auth.schemes[scheme]?.issuer === issuer;
}

function hasAll(principal: Principal, { scopes, roles }: Rights): Awaitable<boolean> {
  return scopes.every((scope) => principal.scopes.has(scope)) && roles.every((role) => principal.roles.has(role));
}
