import { isDeepStrictEqual } from 'node:util';

import type { Json } from '../case.js';
import type { Issuer } from '../issuer/issuer.js';
import type { ExpectedCall, PostedStep } from './case.js';
import type { CallAnswer } from './run-calls.js';

/** What is wrong with the answer of a call; nothing where it is right. */
export function checkCall(answered: CallAnswer, expected: ExpectedCall): string[] {
  if ('error' in expected) {
    const code = 'error' in answered ? answered.error.code : 'ok';
    return code === expected.error ? [] : [`the call ends with ${code}, should be ${expected.error}`];
  }
  if ('error' in answered) return [`the call ends with ${answered.error.code}, should be ok`];
  const { ok, matches = {} } = expected;
  return [
    ...(holds(answered.ok, ok)
      ? []
      : [`the answer is ${JSON.stringify(answered.ok)}, should have ${JSON.stringify(ok)}`]),
    ...Object.entries(matches).flatMap(([name, pattern]) => {
      const value = answered.ok[name];
      return typeof value === 'string' && new RegExp(pattern, 'u').test(value)
        ? []
        : [`${name} of the answer is ${JSON.stringify(value)}, should match ${pattern}`];
    }),
  ];
}

/** What is wrong with what was posted to the issuer. */
export function checkPosted({ posted }: PostedStep, issuer: Pick<Issuer, 'received'>): string[] {
  return Object.entries(posted).flatMap(([path, pattern]) => {
    const body = issuer.received(path)?.body;
    return body !== undefined && new RegExp(pattern, 'u').test(body)
      ? []
      : [`what was posted to ${path} is ${JSON.stringify(body)}, should match ${pattern}`];
  });
}

/** Whether a value is, or as an object has, what is wanted. */
function holds(value: Json | undefined, wanted: Json): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return isDeepStrictEqual(value, wanted);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const members = value as Readonly<Record<string, Json>>;
  return Object.entries(wanted).every(([name, member]) => Object.hasOwn(members, name) && holds(members[name], member));
}
