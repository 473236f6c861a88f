import type { CodeRow, Expectation } from '../case.js';
import { valuesOf, type Answer } from '../http/answer.js';
import { compare } from './compare.js';
import { checkJsonBody, checkOAuthError } from './json-body.js';
import { allowBodies, problemBody, type Sent } from './expected.js';

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What is wrong with an answer; nothing where it is right. */
export function checkAnswer(
  answer: Answer,
  expected: Expectation,
  sent: Sent,
  codes: Readonly<Record<string, CodeRow>>,
): string[] {
  const faults = [
    ...compare('status', answer.status, expected.status),
    ...checkChallenges(valuesOf(answer, 'www-authenticate'), expected.challenges, sent),
    ...Object.entries(expected.headers ?? {}).flatMap(([name, value]) =>
      compare(name, valuesOf(answer, name), value === null ? [] : [value]),
    ),
  ];
  if (expected.continued !== undefined) faults.push(...compare('100 Continue', answer.continued, expected.continued));
  if (answer.rest.length > 0) faults.push(`${answer.rest.length} bytes follow the answer`);
  if (expected.code?.startsWith('oauth:') === true) faults.push(...checkOAuthError(answer, expected.code));
  else if (expected.body !== undefined) faults.push(...checkJsonBody(answer, expected.body));
  else if (expected.code !== null) faults.push(...checkRefusal(answer, expected, sent, codes[expected.code]));
  else if (expected.status < 400) faults.push(...checkAllow(answer, expected, sent));
  return faults;
}

function checkChallenges(lines: readonly string[], expected: readonly string[], { byFetch }: Sent): string[] {
  // Headers answer all lines of a name but Set-Cookie as one (Fetch standard, "sort and combine").
  const joined = byFetch && lines.length === 1 && expected.length > 1;
  return compare('WWW-Authenticate', lines, joined ? [expected.join(', ')] : expected);
}

function checkAllow(answer: Answer, expected: Expectation, sent: Sent): string[] {
  const bodies = sent.method === 'HEAD' ? [''] : allowBodies(expected, sent);
  return [
    ...compare('content-type', valuesOf(answer, 'content-type'), ['application/json']),
    ...checkDate(answer),
    ...(bodies.some((body) => Buffer.from(body).equals(answer.body))
      ? []
      : compare('body', answer.body.toString(), bodies[0] ?? '')),
  ];
}

function checkRefusal(
  answer: Answer,
  { status, code }: Expectation,
  { method }: Sent,
  row: CodeRow | undefined,
): string[] {
  if (code === null || row === undefined) return [`the code ${String(code)} is not in the table`];
  return [
    ...compare('status of the code', status, row.status),
    ...compare('content-type', valuesOf(answer, 'content-type'), ['application/problem+json']),
    ...compare('cache-control', valuesOf(answer, 'cache-control'), ['no-store']),
    ...checkDate(answer),
    ...(status === 429 || status === 503 ? checkRetryAfter(answer) : []),
    ...(method === 'HEAD' ? compare('body', answer.body.toString(), '') : checkProblem(answer, code, row)),
  ];
}

function checkProblem(answer: Answer, code: string, row: CodeRow): string[] {
  const [before, after] = problemBody(code, row);
  const instance = instanceOf(answer);
  const expected = `${before}${instance?.slice('urn:uuid:'.length) ?? '<UUID>'}${after}`;
  return Buffer.from(expected).equals(answer.body) ? [] : compare('body', answer.body.toString(), expected);
}

/** The `instance` of a problem body; undefined where there is none, or it is no `urn:uuid:` with a random UUID. */
export function instanceOf({ body }: Pick<Answer, 'body'>): string | undefined {
  const instance = /"instance":"(urn:uuid:[^"]*)"/.exec(body.toString())?.[1];
  return instance !== undefined && isInstance(instance) ? instance : undefined;
}

/** Whether a value is `urn:uuid:` and a random UUID (RFC 9562 §5.4). */
export function isInstance(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('urn:uuid:') && uuid4.test(value.slice('urn:uuid:'.length));
}

// RFC 9110 §5.6.7
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

function checkDate(answer: Answer): string[] {
  const [date, ...more] = valuesOf(answer, 'date');
  return date !== undefined && httpDate.test(date) && more.length === 0 ? [] : ['Date is missing or malformed'];
}

function checkRetryAfter(answer: Answer): string[] {
  const [seconds, ...more] = valuesOf(answer, 'retry-after');
  return seconds !== undefined && /^[0-9]{1,6}$/.test(seconds) && more.length === 0
    ? []
    : ['Retry-After is missing or no number of seconds'];
}
