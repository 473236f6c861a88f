import type { PolicyEngine } from '../contracts/policy.js';
import type { Handler } from '../contracts/handler.js';
import type { Requirement, Schemes } from '../contracts/requirement.js';
import { Faults } from '../errors/faults.js';
import type { Auth } from '../guard/create-auth.js';
import { compileRequirement } from '../guard/requirement.js';
import { createApiKeyHandlers, createApiKeyManager } from '../schemes/api-key/index.js';
import { checkHandlerOptions } from '../schemes/api-key/handler-options.js';
import type { Clock } from '../contracts/clock.js';
import { isObject } from './members.js';
import type { ConfiguredKeys } from './read-schemes.js';

/** Makes the handlers of a configuration, by their whole paths, once there is a guard. */
export type ConfiguredHandlers = (auth: Auth) => Readonly<Record<string, Handler>>;

/** What key management is read against. */
export interface KeyManagementContext {
  readonly schemes: Schemes;
  readonly policy: PolicyEngine | undefined;
  readonly keysOf: ReadonlyMap<string, ConfiguredKeys>;
  readonly clock: Clock;
}

/** Reads `keyManagement`: `{ "scheme": "keys", "path": "/keys", "require": { … } }`. */
export function readKeyManagement(json: unknown, context: KeyManagementContext, faults: Faults): ConfiguredHandlers {
  if (json === undefined) return () => ({});
  if (!isObject(json))
    faults.add('keyManagement', 'invalid-option', 'must be an object: { "scheme": "keys", "require": { … } }');
  const { scheme, ...options } = isObject(json) ? json : {};
  const keys = context.keysOf.get(scheme as string);
  faults.within('keyManagement', () => {
    const found = new Faults();
    if (keys === undefined) found.add('scheme', 'invalid-option', 'must be the name of a scheme of the type apiKey');
    const manager = createApiKeyManager(keys ?? ({ prefix: '', store: {} } as never));
    const guard = (require: Requirement): unknown => compileRequirement(require, context.schemes, context.policy);
    const auth = { schemes: context.schemes, forAdapters: { guard, serve: () => Promise.reject(new Error('unused')) } };
    found.addUnknown(options, ['path', 'require', 'rotationSeconds']);
    found.within('', () => checkHandlerOptions({ ...(options as { require: Requirement }), auth, manager }));
    found.throwIfAny();
  });
  return (auth) => {
    const manager = createApiKeyManager({ ...keys!, clock: context.clock });
    return createApiKeyHandlers({ ...(options as { require: Requirement }), auth, manager });
  };
}
