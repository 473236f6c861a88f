import type { Schemes } from '../contracts/requirement.js';
import type { Scheme } from '../contracts/scheme.js';
import type { Stores } from '../contracts/stores.js';
import { failureRows } from '../errors/failures.js';
import { Faults } from '../errors/faults.js';
import { isAddressRange } from '../http/addresses.js';
import { isQuotable } from '../http/challenge.js';
import { clientCertificateForms } from '../http/client-certificate.js';
import { problemMembers } from '../http/problem.js';
import { checkAuditOption } from './audit-options.js';
import { checkRateLimit } from '../stores/rate-limit.js';
import { checkThrottleOptions } from '../throttle/options.js';
import type { CheckOptions } from './check.js';
import type { AuthOptions } from './create-auth.js';

const known = [
  'schemes', 'realm', 'maxCredentialBytes', 'bodyLimitBytes', 'insecureTransport', 'trustProxy', 'forwardedFields', 'clientCertificateFrom', 'stores', 'throttle', 'policy', 'onAllow',
  'explainRefusals', 'audit', 'alerts', 'problem', 'onError', 'clock', 'random',
]; // prettier-ignore

/** @throws ConfigurationError with every fault of the options. */
export function checkAuthOptions(options: AuthOptions): void {
  const faults = new Faults();
  faults.addUnknown(options, known);
  checkSchemes(options.schemes, faults);
  const { realm, insecureTransport, problem, clock, random } = options;
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  for (const name of ['maxCredentialBytes', 'bodyLimitBytes'] as const) {
    const size = options[name];
    if (size !== undefined && !(Number.isSafeInteger(size) && size > 0))
      faults.add(name, 'invalid-option', 'must be a positive whole number of bytes');
  }
  if (insecureTransport !== undefined && !['refuse', 'loopback', 'allow'].includes(insecureTransport)) {
    faults.add('insecureTransport', 'invalid-option', 'must be "refuse", "loopback" or "allow"');
  }
  faults.within('', () => checkAuditOption(options.audit));
  checkProblem(problem, faults);
  if (options.alerts !== undefined && typeof options.alerts?.see !== 'function')
    faults.add('alerts', 'invalid-option', 'must be a detector, such as createAlerts() of @auth/core/alerts');
  for (const name of ['onAllow', 'explainRefusals', 'onError'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      faults.add(name, 'invalid-option', 'must be a function');
  }
  checkProxies(options, faults);
  checkStores(options.stores, faults);
  if (options.throttle === null || (options.throttle !== undefined && typeof options.throttle !== 'object'))
    faults.add('throttle', 'invalid-option', 'must be an object: { perAddress: { points: 100, seconds: 60 } }');
  else faults.within('throttle', () => checkThrottleOptions(options.throttle ?? {}));
  if (options.policy !== undefined && typeof options.policy?.decide !== 'function')
    faults.add('policy', 'invalid-option', 'must be a policy: createPolicy({ roles: { … } }) of @auth/core/policy');
  if (clock !== undefined && (typeof clock?.now !== 'function' || typeof clock.schedule !== 'function'))
    faults.add('clock', 'invalid-option', 'must be a Clock');
  if (random !== undefined && typeof random !== 'function')
    faults.add('random', 'invalid-option', 'must be a function that answers random bytes');
  faults.throwIfAny();
}

/** @throws ConfigurationError with every fault of what stands beside a requirement. */
export function checkGuardOptions(options: CheckOptions): void {
  const faults = new Faults();
  faults.addUnknown(options, ['hideForbidden', 'limit', 'resource']);
  if (options.hideForbidden !== undefined && typeof options.hideForbidden !== 'boolean')
    faults.add('hideForbidden', 'invalid-option', 'must be true or false');
  if (options.resource !== undefined) checkResource(options.resource, faults);
  checkRateLimit(options.limit, { path: 'limit' }, faults);
  faults.throwIfAny();
}

function checkResource(resource: unknown, faults: Faults): void {
  const names = ['type', 'id', 'owner', 'tenant'];
  if (typeof resource !== 'object' || resource === null || Object.keys(resource).length === 0)
    return faults.add('resource', 'invalid-option', 'must be an object: { type: "order", owner: "user" } for /users/:user/orders');
  for (const [name, value] of Object.entries(resource))
    if (!names.includes(name))
      faults.add(`resource.${name}`, 'unknown-option', `is not an option; the options are ${names.join(', ')}`);
    else if (typeof value !== 'string' || value === '')
      faults.add(`resource.${name}`, 'invalid-option', name === 'type' ? 'must be text: "order"' : 'must be the name of a path parameter');
} // prettier-ignore

function checkProblem(problem: AuthOptions['problem'], faults: Faults): void {
  if (problem === undefined) return;
  faults.within('problem', () => {
    const found = new Faults();
    found.addUnknown(problem, ['typeBase', 'titles', 'members']);
    if (problem.typeBase !== undefined && typeof problem.typeBase !== 'string')
      found.add('typeBase', 'invalid-option', 'must be text, such as "https://api.example/problems/"');
    for (const [code, title] of Object.entries(problem.titles ?? {})) {
      if (!Object.hasOwn(failureRows, code) || typeof title !== 'string')
        found.add(`titles.${code}`, 'invalid-option', 'must be the title of a code, in text');
    }
    for (const [name, value] of Object.entries(problem.members ?? {})) {
      if (problemMembers.includes(name))
        found.add(`members.${name}`, 'invalid-option', 'is a member of ours; add members under other names');
      else if (value !== null && !['string', 'number', 'boolean'].includes(typeof value))
        found.add(`members.${name}`, 'invalid-option', 'must be text, a number, true, false or null');
    }
    found.throwIfAny();
  });
}

const forwardedFields: readonly string[] = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'];

function checkProxies(
  { trustProxy, forwardedFields: fields, clientCertificateFrom: form }: AuthOptions,
  faults: Faults,
): void {
  if (form !== undefined && !clientCertificateForms.includes(form))
    faults.add('clientCertificateFrom', 'invalid-option', `must be one of ${clientCertificateForms.join(', ')}`);
  else if (form !== undefined && form !== 'tls' && (!Array.isArray(trustProxy) || trustProxy.length === 0))
    faults.add('clientCertificateFrom', 'trust-proxy-required', 'is read from trusted proxies alone: write their addresses in trustProxy'); // prettier-ignore
  if (trustProxy !== undefined && !Array.isArray(trustProxy)) {
    faults.add(
      'trustProxy',
      'invalid-option',
      'must be a list of addresses, such as ["10.0.0.0/8"]; nobody is trusted by true or by number',
    );
    return;
  }
  for (const [index, range] of (trustProxy ?? []).entries()) {
    if (!isAddressRange(range))
      faults.add(
        `trustProxy[${index}]`,
        'invalid-option',
        'must be an address or a range whose host bits are zero, such as "10.0.0.0/8"',
      );
  }
  if (fields === undefined) return;
  if (!Array.isArray(fields) || !fields.every((field) => forwardedFields.includes(field))) {
    faults.add('forwardedFields', 'invalid-option', `must be a list of ${forwardedFields.join(', ')}`);
  } else if (trustProxy === undefined || trustProxy.length === 0) {
    faults.add(
      'forwardedFields',
      'trust-proxy-required',
      'are read from trusted proxies alone: write their addresses in trustProxy',
    );
  }
}

/** By name: the methods that a store must have. */
const storeMethods: Readonly<Record<keyof Stores, readonly string[]>> = {
  replay: ['use'],
  rateLimits: ['take'],
  revocation: ['revoke', 'find'],
};

function checkStores(stores: Stores | undefined, faults: Faults): void {
  if (stores === undefined) return;
  faults.within('stores', () => {
    const found = new Faults();
    found.addUnknown(stores, Object.keys(storeMethods));
    for (const [name, methods] of Object.entries(storeMethods)) {
      const store = stores[name as keyof Stores] as Readonly<Record<string, unknown>> | null | undefined;
      if (store !== undefined && !methods.every((method) => typeof store?.[method] === 'function'))
        found.add(name, 'invalid-option', `must be a store with ${methods.join(', ')}`);
    }
    found.throwIfAny();
  });
}

function checkSchemes(schemes: Schemes, faults: Faults): void {
  if (typeof schemes !== 'object' || schemes === null || Object.keys(schemes).length === 0) {
    faults.add('schemes', 'schemes-required', 'must name at least one scheme: { access: jwt({ ... }) }');
    return;
  }
  for (const [name, scheme] of Object.entries(schemes)) {
    const whole = ['extract', 'verify', 'challenge'].every(
      (part) => typeof (scheme as unknown as Record<string, unknown> | null)?.[part] === 'function',
    );
    if (!whole || typeof scheme.type !== 'string')
      faults.add(`schemes.${name}`, 'invalid-option', 'must be a scheme, such as jwt({ ... }) or apiKey({ ... })');
    else checkConfirmation(name, scheme, faults);
  }
}

/** What a scheme would confirm and cannot is never let through; so it had better not start. */
function checkConfirmation(name: string, { confirmation = {}, confirmers = [] }: Scheme, faults: Faults): void {
  for (const [member, mode] of Object.entries(confirmation)) {
    if (!['off', 'allow', 'require'].includes(mode))
      faults.add(`schemes.${name}`, 'invalid-option', `must take ${member} as "off", "allow" or "require"`);
    else if (mode !== 'off' && !confirmers.some((confirmer) => confirmer.member === member))
      faults.add(
        `schemes.${name}`,
        'confirmer-required',
        `takes credentials that are bound by ${member}, and has no confirmer for it`,
      );
  }
}
