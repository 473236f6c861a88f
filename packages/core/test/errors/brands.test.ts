import { describe, expect, it, vi } from 'vitest';

import * as first from '../../src/index.js';

async function loadSecondCopy(): Promise<typeof first> {
  vi.resetModules();
  return import('../../src/index.js');
}

describe('errors of two copies of this package', () => {
  it('know each other by their brand', async () => {
    const second = await loadSecondCopy();
    const configuration = new second.ConfigurationError([{ path: 'a', reason: 'b', message: 'c' }]);
    const failed = new second.FailureError(second.failure('expired'));
    expect(configuration instanceof first.ConfigurationError).toBe(false);
    expect(failed instanceof first.FailureError).toBe(false);
    expect(first.isConfigurationError(configuration)).toBe(true);
    expect(first.isFailureError(failed)).toBe(true);
    expect(first.isFailureError(new second.DependencyError())).toBe(true);
  });

  it('are not mistaken for one another', () => {
    const configuration = new first.ConfigurationError([]);
    const failed = new first.FailureError(first.failure('expired'));
    expect(first.isFailureError(configuration)).toBe(false);
    expect(first.isConfigurationError(failed)).toBe(false);
    for (const other of [undefined, null, 'x', {}, new Error('x'), Object.create(null), () => undefined]) {
      expect(first.isFailureError(other)).toBe(false);
      expect(first.isConfigurationError(other)).toBe(false);
    }
  });

  it('carry a name, a message and their data', () => {
    const faults = [
      { path: 'a', reason: 'b', message: 'must be c' },
      { path: 'd', reason: 'e', message: 'must be f' },
    ];
    const error = new first.ConfigurationError(faults);
    expect(error).toMatchObject({
      name: 'ConfigurationError',
      code: 'configuration-error',
      faults,
      message: 'a: must be c\nd: must be f',
    });
    expect(Object.isFrozen(error.faults)).toBe(true);
    expect(new first.FailureError(first.failure('expired'), 'why')).toMatchObject({
      name: 'FailureError',
      message: 'why',
    });
    expect(new first.DependencyError('jwks-unavailable')).toMatchObject({
      name: 'DependencyError',
      failure: { code: 'dependency-unavailable', reason: 'jwks-unavailable' },
    });
    expect(new first.DependencyError('expired').failure.code).toBe('dependency-unavailable');
  });
});
