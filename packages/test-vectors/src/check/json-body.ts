import type { ExpectedBody, Json, JsonObject } from '../case.js';
import { valuesOf, type Answer } from '../http/answer.js';
import { compare } from './compare.js';

/** What is wrong with the answer of an endpoint, whose body is JSON or nothing; nothing where it is right. */
export function checkJsonBody(answer: Answer, expected: ExpectedBody): string[] {
  if (expected === 'none') return compare('body', answer.body.toString(), '');
  const body = parse(answer.body.toString());
  if (body === undefined) return [`the body is no JSON object: ${answer.body.toString().slice(0, 200)}`];
  const { has = {}, lacks = [], only = false, shows = [], tokens = {} } = expected;
  const known = new Set([...Object.keys(has), ...Object.keys(tokens)]);
  return [
    ...compare('content-type', valuesOf(answer, 'content-type'), ['application/json']),
    ...checkMembers('body', body, has),
    ...lacks.filter((name) => Object.hasOwn(body, name)).map((name) => `body.${name} must not be there`),
    ...(only ? Object.keys(body).filter((name) => !known.has(name)).map((name) => `body.${name} must not be there`) : []),
    ...shows.filter((text) => !answer.body.toString().includes(text)).map((text) => `the body lacks ${text}`),
    ...Object.entries(tokens).flatMap(([name, token]) => checkToken(`body.${name}`, body[name], token)),
  ]; // prettier-ignore
}

// RFC 6749 §5.2: what may stand in error_description.
const description = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;

/** An error of OAuth 2.0: `oauth:invalid_client`. */
export function checkOAuthError(answer: Answer, code: string): string[] {
  const body = parse(answer.body.toString());
  const text = body?.['error_description'];
  return [
    ...compare('content-type', valuesOf(answer, 'content-type'), ['application/json']),
    ...compare('cache-control', valuesOf(answer, 'cache-control'), ['no-store']),
    ...compare('body.error', body?.['error'], code.slice('oauth:'.length)),
    ...(typeof text === 'string' && description.test(text) ? [] : ['body.error_description is missing or malformed']),
    ...Object.keys(body ?? {})
      .filter((name) => name !== 'error' && name !== 'error_description')
      .map((name) => `body.${name} must not be there`),
  ];
}

/** Texts in the body of an answer and in the query of where it redirects to, by member, for the steps that follow. */
export function textsIn(answer: Answer): Readonly<Record<string, string>> {
  const [location = ''] = valuesOf(answer, 'location');
  const query = Object.fromEntries(new URLSearchParams(location.split('?').slice(1).join('?')));
  const members = Object.entries({ ...query, ...parse(answer.body.toString()) });
  return Object.fromEntries(members.filter((member): member is [string, string] => typeof member[1] === 'string'));
}

function checkMembers(path: string, actual: JsonObject, expected: JsonObject): string[] {
  return Object.entries(expected).flatMap(([name, value]) => compare(`${path}.${name}`, actual[name], value));
}

function checkToken(
  path: string,
  value: Json | undefined,
  { header = {}, claims = {}, lacks = [] }: { header?: JsonObject; claims?: JsonObject; lacks?: readonly string[] },
): string[] {
  const [head, payload] = typeof value === 'string' ? value.split('.').map((part) => parse(decode(part))) : [];
  if (head === undefined || payload === undefined) return [`${path} is no signed token`];
  return [
    ...checkMembers(`${path}.header`, head, header),
    ...checkMembers(`${path}.claims`, payload, claims),
    ...lacks.filter((name) => Object.hasOwn(payload, name)).map((name) => `${path}.claims.${name} must not be there`),
  ];
}

const decode = (part: string): string => Buffer.from(part, 'base64url').toString();

function parse(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
