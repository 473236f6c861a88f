import { describe, expect, it, vi } from 'vitest';

import {
  DependencyError,
  FailureError,
  failure,
  type Confirmed,
  type Confirmer,
  type Failure,
  type Scheme,
} from '../../src/index.js';
import { allowed, benchOf, linesOf, proves, refused, wordScheme, type Bench } from '../fixtures/guard.js';
import { sends } from '../fixtures/request.js';

const confirmed: Confirmed = { kind: 'confirmed' };
const jkt = { jkt: 'key' };
const certificate = { 'x5t#S256': 'certificate' };
const both = { ...jkt, ...certificate };

/** Confirms what is bound by its member, or answers what it is told to. */
const confirmerOf = (member: string, answer: Confirmed | Failure = confirmed): Confirmer => ({
  member,
  confirm: () => answer,
});

type Constraint = Pick<Scheme, 'confirmation' | 'confirmers'>;

function decide(cnf: Record<string, unknown> | undefined, constraint: Constraint): ReturnType<Bench['decide']> {
  return benchFor(cnf, constraint).decide({ scheme: 'a' }, sends({ 'x-a': 'ann' }));
}

function benchFor(cnf: Record<string, unknown> | undefined, constraint: Constraint): Bench {
  const verify = () => proves('ann', cnf === undefined ? {} : { confirmation: cnf });
  return benchOf({ a: { ...wordScheme('a', { verify }), ...constraint } });
}

async function reasonOf(cnf: Record<string, unknown> | undefined, constraint: Constraint): Promise<string> {
  const { decide: ask, events } = benchFor(cnf, constraint);
  const decision = await ask({ scheme: 'a' }, sends({ 'x-a': 'ann' }));
  return decision.kind === 'allow' ? 'ok' : `${decision.status} ${events[0]!.reason}`;
}

describe('a bound credential', () => {
  it('is let through once its confirmer says so', async () => {
    const asked = vi.fn<Confirmer['confirm']>(() => confirmed);
    const confirmers = [{ member: 'jkt', confirm: asked }];
    expect(await decide(jkt, { confirmation: { jkt: 'allow' }, confirmers })).toMatchObject({ kind: 'allow' });
    expect(asked).toHaveBeenCalledWith(
      'key',
      expect.objectContaining({ subject: 'ann', scheme: 'a' }),
      expect.anything(),
      expect.anything(),
    );
  });

  it.each<[string, Record<string, unknown>, Constraint, string]>([
    ['where the scheme says nothing of bindings', jkt, {}, '401 bound-token-as-bearer'],
    ['where its mode is off', jkt, { confirmation: { jkt: 'off' }, confirmers: [] }, '401 bound-token-as-bearer'],
    [
      'where its mode is off and a confirmer is there all the same',
      jkt,
      { confirmation: { jkt: 'off' }, confirmers: [confirmerOf('jkt')] },
      '401 bound-token-as-bearer',
    ],
    [
      'where a confirmer has no mode',
      certificate,
      { confirmers: [confirmerOf('x5t#S256')] },
      '401 bound-token-without-certificate',
    ],
    [
      'where one of two members has no confirmer (RFC 7800 §3)',
      both,
      { confirmation: { jkt: 'allow' }, confirmers: [confirmerOf('jkt')] },
      '401 confirmation-incomplete',
    ],
    [
      'where a member is unknown, whatever else is proved',
      { ...jkt, osc: 1 },
      { confirmation: { jkt: 'allow' }, confirmers: [confirmerOf('jkt')] },
      '401 confirmation-unsupported',
    ],
    [
      'where a member has the name of what every object has',
      Object.fromEntries([['toString', 1]]),
      { confirmation: { jkt: 'allow' }, confirmers: [confirmerOf('jkt')] },
      '401 confirmation-unsupported',
    ],
  ])('is refused %s', async (_, cnf, constraint, expected) => {
    expect(await reasonOf(cnf, constraint)).toBe(expected);
  });

  it('is refused where one of two keys is not proved: one says nothing of the other (RFC 7800 §3)', async () => {
    const confirmation = { jkt: 'allow', 'x5t#S256': 'allow' } as const;
    const mismatch = failure('bound-token-without-certificate');
    const confirmers = [confirmerOf('jkt'), confirmerOf('x5t#S256', mismatch)];
    expect(await reasonOf(both, { confirmation, confirmers })).toBe('401 confirmation-incomplete');
    // Where neither is proved, the first tells why.
    const neither = [confirmerOf('jkt', failure('bound-token-as-bearer')), confirmerOf('x5t#S256', mismatch)];
    expect(await reasonOf(both, { confirmation, confirmers: neither })).toBe('401 bound-token-as-bearer');
  });

  it('keeps the name of what the caller can mend, though the other key was proved', async () => {
    const confirmation = { jkt: 'allow', 'x5t#S256': 'allow' } as const;
    const stale = failure('stale', { code: 'dpop-nonce-required' });
    const confirmers = [confirmerOf('jkt', stale), confirmerOf('x5t#S256')];
    expect(await reasonOf(both, { confirmation, confirmers })).toBe('401 stale');
  });

  it('is confirmed at once where nothing waits, and in a promise where something does', async () => {
    const constraint = { confirmation: { jkt: 'allow' }, confirmers: [confirmerOf('jkt')] } as const;
    expect(decide(jkt, constraint)).toMatchObject({ kind: 'allow' });
    const late: Confirmer = { member: 'jkt', confirm: () => Promise.resolve(confirmed) };
    const waiting = decide(jkt, { ...constraint, confirmers: [late] });
    expect(waiting).toBeInstanceOf(Promise);
    expect(await waiting).toMatchObject({ kind: 'allow' });
  });

  it('brings the headers and the annotations of its confirmers into the answer and the event', async () => {
    const told = { kind: 'confirmed', headers: [['dpop-nonce', 'n']], annotations: { rotatedKey: true } } as const;
    const { decide: ask, events } = benchFor(jkt, {
      confirmation: { jkt: 'allow' },
      confirmers: [confirmerOf('jkt', told)],
    });
    const decision = await ask({ scheme: 'a' }, sends({ 'x-a': 'ann' }));
    expect(linesOf(allowed(decision), 'dpop-nonce')).toEqual(['n']);
    expect(events).toMatchObject([{ outcome: 'allow', rotatedKey: true }]);
  });

  it('is confirmed anew for each requirement, though it is proved once', async () => {
    const answers = [confirmed, failure('bound-token-as-bearer')];
    const confirmer: Confirmer = { member: 'jkt', confirm: () => answers.shift()! };
    const { auth } = benchFor(jkt, { confirmation: { jkt: 'allow' }, confirmers: [confirmer] });
    const request = sends({ 'x-a': 'ann' });
    expect((await auth.check(request, { scheme: 'a' })).kind).toBe('allow');
    expect((await auth.check(request, { scheme: 'a' })).kind).toBe('refuse');
  });
});

describe('a credential that is bound to nothing', () => {
  it.each<[string, Constraint, string]>([
    [
      'is let through where bindings are allowed',
      { confirmation: { jkt: 'allow' }, confirmers: [confirmerOf('jkt')] },
      'ok',
    ],
    [
      'is refused where a key is required (RFC 9449 §7.2)',
      { confirmation: { jkt: 'require' }, confirmers: [confirmerOf('jkt')] },
      '401 dpop-required',
    ],
    [
      'is refused where a certificate is required (RFC 8705 §3)',
      { confirmation: { 'x5t#S256': 'require' }, confirmers: [confirmerOf('x5t#S256')] },
      '401 token-not-bound',
    ],
    [
      'is refused where a binding of somebody else’s is required',
      { confirmation: { badge: 'require' }, confirmers: [confirmerOf('badge')] },
      '401 token-not-bound',
    ],
    [
      'is refused where its confirmer says that it came as if it were bound',
      { confirmation: { jkt: 'allow' }, confirmers: [confirmerOf('jkt', failure('token-not-bound'))] },
      '401 token-not-bound',
    ],
  ])('%s', async (_, constraint, expected) => {
    expect(await reasonOf(undefined, constraint)).toBe(expected);
  });

  it('is refused for the binding that is missing, though another that is required was proved', async () => {
    const confirmers = [confirmerOf('jkt'), confirmerOf('x5t#S256')];
    const confirmation = { jkt: 'allow', 'x5t#S256': 'require' } as const;
    expect(await reasonOf(jkt, { confirmation, confirmers })).toBe('401 token-not-bound');
  });
});

describe('a confirmer that fails', () => {
  const outage = (): never => {
    throw new DependencyError('replay-store-unavailable');
  };

  it.each<[string, Confirmer['confirm']]>([
    ['throws', outage],
    ['rejects', async () => outage()],
  ])('that %s lets nobody in, and the operator is told', async (_, confirm) => {
    const {
      decide: ask,
      errors,
      events,
    } = benchFor(jkt, { confirmation: { jkt: 'allow' }, confirmers: [{ member: 'jkt', confirm }] });
    const decision = refused(await ask({ scheme: 'a' }, sends({ 'x-a': 'ann' })));
    expect(decision).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect(errors).toHaveLength(1);
    expect(events).toMatchObject([{ outcome: 'error', reason: 'replay-store-unavailable', scheme: 'a' }]);
  });

  it('does not hide that another credential is bad: the caller is blamed before an outage', async () => {
    const bound = {
      ...wordScheme('a', { verify: () => proves('ann', { confirmation: jkt }) }),
      confirmation: { jkt: 'allow' },
    } as const;
    const { decide: ask } = benchOf({
      a: { ...bound, confirmers: [{ member: 'jkt', confirm: outage }] },
      b: wordScheme('b'),
    });
    const decision = refused(
      await ask({ anyOf: [{ scheme: 'a' }, { scheme: 'b' }] }, sends({ 'x-a': 'ann', 'x-b': 'bad' })),
    );
    expect(decision.status).toBe(401);
  });

  it('blames no scheme for a request that is broken itself: no challenge would help', async () => {
    const confirm = (): never => {
      throw new FailureError(failure('authority-missing'));
    };
    const needsHost: Confirmer = { member: 'jkt', confirm };
    const { decide: ask } = benchFor(jkt, { confirmation: { jkt: 'allow' }, confirmers: [needsHost] });
    const decision = refused(await ask({ scheme: 'a' }, sends({ 'x-a': 'ann' })));
    expect(decision).toMatchObject({ status: 400, code: 'malformed-request' });
    expect(linesOf(decision, 'www-authenticate')).toEqual([]);
  });
});

describe('a scheme', () => {
  it.each<[string, Constraint, string]>([
    ['takes a binding and has no confirmer for it', { confirmation: { jkt: 'allow' } }, 'confirmer-required'],
    ['takes a binding in a way that is none', { confirmation: { jkt: 'required' as 'require' } }, 'invalid-option'],
  ])('is refused at the start where it %s', (_, constraint, reason) => {
    expect(() => benchFor(undefined, constraint)).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ path: 'schemes.a', reason })] }),
    );
  });
});
