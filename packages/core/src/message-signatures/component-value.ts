import { encodeBase64 } from '../base/base64.js';
import { fromAscii } from '../base/bytes.js';
import type { Failure } from '../contracts/failure.js';
import type { RequestHeaders } from '../contracts/request.js';
import { failure } from '../errors/failures.js';
import { formatField, formatMember, parseField, type FieldType } from '../http/structured-fields.js';
import type { Component } from './components.js';
import { standardFieldTypes, type FieldTypes } from './field-types.js';
import { isResponse, type Message, type RequestMessage } from './message.js';
import { findQueryParameter } from './query-parameter.js';

/** What a component is in a message (RFC 9421 §2.1, §2.2), or why a signature cannot cover it. */
export function findComponentValue(
  component: Component,
  message: Message,
  fieldTypes: FieldTypes = {},
): string | Failure {
  const { name, parameters } = component;
  // RFC 9421 §2.4: of the request, in the signature of its response.
  const of = parameters.has('req') ? (isResponse(message) ? message.request : undefined) : message;
  if (of === undefined) return failure('component-unsupported');
  const value = name.startsWith('@') ? findDerived(component, of) : findField(component, of.headers, fieldTypes);
  if (typeof value !== 'string') return value;
  // RFC 9421 §2.5: the base is ASCII, and a line has no end but its own.
  return /^[\t\x20-\x7e]*$/.test(value) ? value : failure('component-unsupported');
}

function findDerived({ name, parameters }: Component, message: Message): string | Failure {
  if (isResponse(message)) return name === '@status' ? String(message.status) : failure('component-unsupported');
  // The URL of a request may be made when it is asked for.
  switch (name) {
    case '@method':
      return message.method;
    case '@target-uri':
      return targetUriOf(message);
    case '@authority':
      return message.url.host;
    case '@scheme':
      return schemeOf(message.url);
    case '@request-target':
      return message.target;
    case '@path':
      return splitTarget(message.target).path;
    case '@query':
      return splitTarget(message.target).query ?? '?';
    case '@query-param':
      return findQueryParameter(splitTarget(message.target).query?.slice(1) ?? '', parameters.get('name') as string);
    default:
      return failure('component-unsupported');
  }
}

function targetUriOf({ target, url }: RequestMessage): string {
  const { path, query = '' } = splitTarget(target);
  return `${schemeOf(url)}://${url.host}${target === '*' ? '' : path}${query}`;
}

const schemeOf = ({ protocol }: RequestMessage['url']): string => protocol.replace(/:$/, '');

/** Nothing is decoded: a router may take two spellings for one path, a signature must not. */
function splitTarget(target: string): { readonly path: string; readonly query: string | undefined } {
  const relative = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const mark = relative.indexOf('?');
  const path = mark === -1 ? relative : relative.slice(0, mark);
  // RFC 9110 §4.2.3: an empty path is a slash.
  return { path: path.startsWith('/') ? path : '/', query: mark === -1 ? undefined : relative.slice(mark) };
}

function findField({ name, parameters }: Component, headers: RequestHeaders, fieldTypes: FieldTypes): string | Failure {
  const lines = headers.getAll(name).map(unfold);
  if (lines.length === 0) return failure('component-missing');
  if (parameters.has('bs')) return lines.map((line) => `:${encodeBase64(fromAscii(line))}:`).join(', ');
  const value = lines.join(', ');
  const key = parameters.get('key');
  if (typeof key === 'string') return findMember(value, key);
  return parameters.has('sf') ? toCanonical(typeOf(name, fieldTypes), value) : value;
}

/** RFC 9421 §2.1: without white space around it, and without obsolete line folding. */
const unfold = (line: string): string => line.replace(/[ \t]*\r\n[ \t]+/g, ' ').replace(/^[ \t]+|[ \t]+$/g, '');

function typeOf(name: string, own: FieldTypes): FieldType | undefined {
  if (Object.hasOwn(own, name)) return own[name];
  return Object.hasOwn(standardFieldTypes, name) ? standardFieldTypes[name] : undefined;
}

function toCanonical(type: FieldType | undefined, value: string): string | Failure {
  const parsed = type === undefined ? undefined : parseField(type, value);
  return type === undefined || parsed === undefined ? failure('component-unsupported') : formatField(type, parsed);
}

/** RFC 9421 §2.1.2. That a field has keys says that it is a dictionary. */
function findMember(value: string, key: string): string | Failure {
  const dictionary = parseField('dictionary', value);
  if (dictionary === undefined) return failure('component-unsupported');
  const member = dictionary.get(key);
  return member === undefined ? failure('component-missing') : formatMember(member);
}
