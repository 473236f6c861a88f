import type { Expectation, ExpectedEvent } from '../case.js';
import type { AuditEvent } from '../server.js';
import { isInstance } from './answer.js';
import { compare } from './compare.js';
import { pathsOf, type Sent } from './expected.js';

const members = [
  'outcome', 'reason', 'code', 'status', 'scheme', 'issuer', 'subject', 'clientId', 'credentialId',
  'method', 'path', 'route', 'address', 'time',
] as const; // prettier-ignore

/** What is wrong with the events of one request; nothing where they are right. Alerts are further events and do not count. */
export function checkEvents(
  events: readonly AuditEvent[],
  expected: Expectation,
  sent: Sent,
  context: { readonly now: number; readonly instance: string | undefined },
): string[] {
  const [event, ...more] = events;
  if (expected.audit === null)
    return events.length === 0 ? [] : [`there are ${events.length} audit events, should be none`];
  if (event === undefined) return ['there is no audit event'];
  if (more.length > 0) return [`there are ${events.length} audit events, should be one`];
  const { code, status } = expected;
  return [
    ...members.filter((name) => event[name] === undefined).map((name) => `event has no ${name}`),
    ...Object.entries(expected.audit).flatMap(([name, value]) =>
      compare(`event.${name}`, event[name as keyof ExpectedEvent], value),
    ),
    ...compare('event.code', event.code, code),
    ...compare('event.method', event.method, sent.method),
    ...checkPath(event, sent),
    ...checkTime(event, context.now),
    ...(code === null
      ? []
      : code.startsWith('oauth:')
        ? compare('event.status', event.status, status)
        : [...compare('event.status', event.status, status), ...checkInstance(event, sent, context.instance)]),
  ];
}

function checkPath(event: AuditEvent, sent: Sent): string[] {
  const paths = pathsOf(sent);
  return paths.length === 0 || paths.includes(String(event.path)) ? [] : compare('event.path', event.path, paths[0]);
}

/** @param now milliseconds since the epoch, by the server's clock */
function checkTime({ time }: AuditEvent, now: number): string[] {
  const wellFormed =
    typeof time === 'string' && /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z$/.test(time);
  return wellFormed && Date.parse(time) === now ? [] : compare('event.time', time, new Date(now).toISOString());
}

function checkInstance(event: AuditEvent, { method }: Sent, instance: string | undefined): string[] {
  // An answer to HEAD has no body to compare with.
  if (method === 'HEAD') return isInstance(event.instance) ? [] : ['event.instance is no urn:uuid: with a random UUID'];
  return compare('event.instance', event.instance, instance);
}
