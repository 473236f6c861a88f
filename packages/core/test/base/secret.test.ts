import { format, inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { Secret } from '../../src/index.js';

const secret = new Secret('hunter2');

describe('Secret', () => {
  it('reveals its value where it is asked for it by name', () => {
    expect(secret.reveal()).toBe('hunter2');
  });

  it.each([
    ['a template', `<${secret as unknown as string}>`],
    ['concatenation', 'x' + (secret as unknown as string)],
    ['String', String(secret)],
    ['JSON', JSON.stringify({ secret, list: [secret] })],
    ['inspect', inspect({ deep: { secret } }, { showHidden: true, depth: 9 })],
    ['inspect without custom forms', inspect(secret, { customInspect: false, showHidden: true })],
    ['%s of format', format('%s', secret)],
    ['%o of format', format('%o %O %j', secret, secret, secret)],
    ['its own members', JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
    ['an error', inspect(new Error('failed', { cause: secret }))],
  ])('shows nothing in %s', (_, text) => {
    expect(text).not.toContain('hunter2');
  });

  it('says that something was left out', () => {
    expect([`<${secret as unknown as string}>`, JSON.stringify(secret), inspect(secret)]).toEqual([
      '<[redacted]>',
      '"[redacted]"',
      '[redacted]',
    ]);
  });
});
