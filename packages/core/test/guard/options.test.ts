import { describe, expect, it } from 'vitest';

import { createAlerts } from '../../src/alerts.js';
import {
  createAuth,
  createMemoryRateLimits,
  createMemoryReplay,
  isConfigurationError,
  type AuthOptions,
  type Fault,
} from '../../src/index.js';
import { createPolicy } from '../../src/policy.js';
import { wordScheme } from '../fixtures/guard.js';
import { sends } from '../fixtures/request.js';

function faultsOf(options: unknown): readonly Fault[] {
  try {
    createAuth(options as AuthOptions);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return error.faults;
  }
  return [];
}

const schemes = { a: wordScheme('a') };

describe('createAuth', () => {
  it('takes every option', () => {
    const options: Required<AuthOptions> = {
      schemes,
      realm: 'the "orders" API\\',
      maxCredentialBytes: 1,
      bodyLimitBytes: 1,
      insecureTransport: 'refuse',
      trustProxy: ['10.0.0.0/8', '::1'],
      forwardedFields: ['forwarded'],
      clientCertificateFrom: 'rfc9440',
      stores: { replay: createMemoryReplay(), rateLimits: createMemoryRateLimits() },
      throttle: {},
      policy: createPolicy({ roles: { clerk: {} } }),
      onAllow: () => undefined,
      explainRefusals: () => undefined,
      audit: [() => undefined, { write: () => undefined }],
      alerts: createAlerts({ onAlert: () => undefined }),
      problem: { typeBase: 'x:', titles: {}, members: { a: 1 } },
      onError: () => undefined,
      clock: { now: () => 0, schedule: () => () => undefined },
      random: (length) => new Uint8Array(length),
    };
    expect(faultsOf(options)).toEqual([]);
  });

  it.each([
    ['no schemes', { schemes: undefined }, 'schemes', 'schemes-required'],
    ['empty schemes', { schemes: {} }, 'schemes', 'schemes-required'],
    ['null for schemes', { schemes: null }, 'schemes', 'schemes-required'],
    ['a scheme that is null', { schemes: { a: null } }, 'schemes.a', 'invalid-option'],
    ['a scheme without verify', { schemes: { a: { ...schemes.a, verify: undefined } } }, 'schemes.a', 'invalid-option'],
    ['a scheme without a type', { schemes: { a: { ...schemes.a, type: undefined } } }, 'schemes.a', 'invalid-option'],
    ['a store that is none', { stores: { replay: {} } }, 'stores.replay', 'invalid-option'],
    ['an unknown store', { stores: { replays: createMemoryReplay() } }, 'stores.replays', 'unknown-option'],
    ['a throttle that is none', { throttle: null }, 'throttle', 'invalid-option'],
    [
      'a limit without seconds',
      { throttle: { perAddress: { points: 5 } } },
      'throttle.perAddress.seconds',
      'invalid-option',
    ],
    [
      'a limit of nothing',
      { throttle: { perSubject: { points: 0, seconds: 60 } } },
      'throttle.perSubject.points',
      'invalid-option',
    ],
    [
      'a limit of half a point',
      { throttle: { perCredential: { points: 0.5, seconds: 60 } } },
      'throttle.perCredential.points',
      'invalid-option',
    ],
    [
      'a limit over more than a day',
      { throttle: { perAddress: { points: 5, seconds: 86_401 } } },
      'throttle.perAddress.seconds',
      'invalid-option',
    ],
    [
      'failures without a block',
      { throttle: { failures: { points: 5, seconds: 60 } } },
      'throttle.failures.blockSeconds',
      'invalid-option',
    ],
    [
      'a block of an address limit',
      { throttle: { perAddress: { points: 5, seconds: 60, blockSeconds: 1 } } },
      'throttle.perAddress.blockSeconds',
      'unknown-option',
    ],
    [
      'a blocked range with host bits',
      { throttle: { blockAddresses: ['::1', '10.0.0.1/8'] } },
      'throttle.blockAddresses[1]',
      'invalid-option',
    ],
    [
      'a spared address that is no list',
      { throttle: { allowAddresses: '10.0.0.0/8' } },
      'throttle.allowAddresses',
      'invalid-option',
    ],
    [
      'an unknown limit',
      { throttle: { perPerson: { points: 5, seconds: 60 } } },
      'throttle.perPerson',
      'unknown-option',
    ],
    ['fields that are no boolean', { throttle: { fields: 1 } }, 'throttle.fields', 'invalid-option'],
    ['a failClosed that is no boolean', { throttle: { failClosed: 'yes' } }, 'throttle.failClosed', 'invalid-option'],
    ['an unknown option', { trustproxy: true }, 'trustproxy', 'unknown-option'],
    ['a realm with a line break', { realm: 'a\r\nset-cookie: x=1' }, 'realm', 'invalid-option'],
    ['a realm with a final line break', { realm: 'a\n' }, 'realm', 'invalid-option'],
    ['a realm beyond ASCII', { realm: 'Büro' }, 'realm', 'invalid-option'],
    ['a realm that is no text', { realm: 1 }, 'realm', 'invalid-option'],
    ['a size of zero', { maxCredentialBytes: 0 }, 'maxCredentialBytes', 'invalid-option'],
    ['a size in text', { maxCredentialBytes: '8192' }, 'maxCredentialBytes', 'invalid-option'],
    ['an endless size', { bodyLimitBytes: Infinity }, 'bodyLimitBytes', 'invalid-option'],
    ['half a byte', { bodyLimitBytes: 0.5 }, 'bodyLimitBytes', 'invalid-option'],
    ['a size that is no number', { bodyLimitBytes: Number.NaN }, 'bodyLimitBytes', 'invalid-option'],
    ['true for insecureTransport', { insecureTransport: true }, 'insecureTransport', 'invalid-option'],
    ['a sink that cannot write', { audit: { log: () => undefined } }, 'audit', 'invalid-option'],
    ['a required audit without a sink', { audit: { sinks: [], required: true } }, 'audit.sinks', 'sinks-required'],
    ['an audit that may be required', { audit: { sinks: [], required: 'yes' } }, 'audit.required', 'invalid-option'],
    ['a misspelt option of the audit', { audit: { sinks: [], require: true } }, 'audit.require', 'unknown-option'],
    [
      'subjects in another form',
      { audit: { sinks: [], unverifiedSubjects: 'plain' } },
      'audit.unverifiedSubjects',
      'invalid-option',
    ],
    ['one of two sinks that cannot write', { audit: [() => undefined, 'stdout'] }, 'audit', 'invalid-option'],
    [
      'a member of ours in problems',
      { problem: { members: { status: 200 } } },
      'problem.members.status',
      'invalid-option',
    ],
    ['a misspelt option of problems', { problem: { typebase: 'x:' } }, 'problem.typebase', 'unknown-option'],
    [
      'a member of problems that JSON has no word for',
      { problem: { members: { a: undefined } } },
      'problem.members.a',
      'invalid-option',
    ],
    ['a base of problems that is no text', { problem: { typeBase: 1 } }, 'problem.typeBase', 'invalid-option'],
    ['onError that is no function', { onError: 'console' }, 'onError', 'invalid-option'],
    ['a clock without now', { clock: {} }, 'clock', 'invalid-option'],
    ['a clock that is null', { clock: null }, 'clock', 'invalid-option'],
    ['a clock that cannot schedule', { clock: { now: () => 0 } }, 'clock', 'invalid-option'],
    ['random that is no function', { random: 4 }, 'random', 'invalid-option'],
  ])('refuses %s with its path', (_, change, path, reason) => {
    expect(faultsOf({ schemes, ...change })).toMatchObject([{ path, reason }]);
  });

  it('tells every fault at once, each with what to write', () => {
    const faults = faultsOf({ schemes: {}, realm: 1, maxCredentialBytes: -1, audit: 5, onError: 5, colour: 'red' });
    expect(faults.map(({ path }) => path)).toEqual([
      'colour',
      'schemes',
      'realm',
      'maxCredentialBytes',
      'audit',
      'onError',
    ]);
    for (const { message } of faults) expect(message.length).toBeGreaterThan(10);
  });

  it('does not take back what it was given: options are read once', async () => {
    const options = { schemes, insecureTransport: 'refuse' as AuthOptions['insecureTransport'] & string };
    const auth = createAuth(options);
    options.insecureTransport = 'allow';
    const request = { ...sends({ 'x-a': 'ann' }), connection: { remoteAddress: '127.0.0.1', encrypted: false } };
    expect(await auth.check(request, { scheme: 'a' })).toMatchObject({ code: 'tls-required' });
  });

  it('names unknown schemes of a requirement with those that there are', () => {
    const auth = createAuth({ schemes });
    expect(() => auth.forAdapters.guard({ scheme: 'b' })).toThrow(/the schemes are a/);
    expect(() => auth.check(sends({}), { scheme: 'b' } as never)).toThrow(/the schemes are a/);
  });
});
