import { describe, expect, it } from 'vitest';

import { findFaults, type Observed } from '../src/judge.js';

describe('a cell', () => {
  const expected = { outcome: '401 invalid-token', reason: 'expired' } as const;
  const events = [{ reason: 'expired' }] as unknown as Observed['events'];
  const observed: Observed = { received: { outcome: '401 invalid-token', challenged: true }, events, handlerRuns: 0 };

  it('has no fault where all is as expected', () => {
    expect(findFaults(expected, observed)).toEqual([]);
  });

  it('is at fault where the handler ran on a refusal', () => {
    expect(findFaults(expected, { ...observed, handlerRuns: 1 })).toEqual(['the handler ran']);
  });

  it('is at fault where a 401 has no challenge (RFC 9110 §15.5.2)', () => {
    const received = { ...observed.received, challenged: false };
    expect(findFaults(expected, { ...observed, received })).toEqual(['401 without a challenge']);
  });

  it('is at fault where the attempt left no event, or two', () => {
    expect(findFaults(expected, { ...observed, events: [] })).toContain('0 audit events instead of 1');
    expect(findFaults(expected, { ...observed, events: [...events, ...events] })).toContain(
      '2 audit events instead of 1',
    );
  });

  it('is at fault where the handler did not run on a pass', () => {
    const received = { outcome: '200', challenged: false };
    const passed = { received, events: [{ reason: 'ok' }] as unknown as Observed['events'], handlerRuns: 0 };
    expect(findFaults({ outcome: '200', reason: 'ok' }, passed)).toEqual(['the handler ran 0 times']);
  });
});
