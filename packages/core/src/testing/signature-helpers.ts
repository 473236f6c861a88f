import { toUtf8 } from '../base/bytes.js';
import type { HeaderList } from '../contracts/failure.js';
import { FailureError } from '../errors/failure-error.js';
import { Faults } from '../errors/faults.js';
import { formatInnerList, type BareItem, type InnerList, type Parameters } from '../http/structured-fields.js';
import { readComponents } from '../message-signatures/coverage.js';
import { toMessage, type OutgoingRequest } from '../message-signatures/message.js';
import { createSignatureBase } from '../message-signatures/signature-base.js';
import { canonicalRequest } from '../schemes/hmac/profiles/aws-sigv4/canonical-request.js';
import { pathStyleOf } from '../schemes/hmac/profiles/aws-sigv4/options.js';
import { hexOfSha256 } from '../schemes/hmac/profiles/aws-sigv4/signing-key.js';
import type { Helper } from './call-helper.js';
import { isObject, type Members } from './members.js';

const requestMembers = ['method', 'url', 'headers'];

/** Helpers that show what is signed: the text, byte for byte. */
export const signatureHelpers: Readonly<Record<string, Helper>> = {
  /** RFC 9421 §2.5, of a request, or of a response (`status`, `headers`) to one (`request`). */
  signatureBase: async (input) => {
    const faults = new Faults();
    const isAnswer = input['status'] !== undefined;
    faults.addUnknown(input, [
      'components',
      'parameters',
      ...(isAnswer ? ['status', 'headers', 'request'] : requestMembers),
    ]);
    const components = readComponents(input['components'], faults, 'components');
    const { parameters = {} } = input;
    if (!isObject(parameters))
      faults.add('parameters', 'invalid-option', 'must be an object: { "created": 1618884473 }');
    const request =
      isAnswer && input['request'] === undefined ? undefined : readRequest(isAnswer ? input['request'] : input, faults);
    const headers = readHeaders(input['headers'], faults);
    faults.throwIfAny();
    const list = [
      components.map(({ name, parameters: own }) => [name, own] as [BareItem, Parameters]),
      new Map(Object.entries(parameters as Readonly<Record<string, BareItem>>)),
    ] as InnerList;
    const message = isAnswer
      ? toMessage({ status: input['status'] as number, headers, ...(request && { request: toMessage(request) }) })
      : toMessage(request!);
    const base = createSignatureBase(message, { components, signatureParams: formatInnerList(list) });
    if (typeof base !== 'string') throw new FailureError(base, `nothing can be signed: ${base.reason}`);
    return base;
  },
  /** SigV4, "Create a canonical request". `body` is text in UTF-8; `payload` stands in place of its hash. */
  canonicalRequest: async (input) => {
    const faults = new Faults();
    faults.addUnknown(input, [...requestMembers, 'body', 'payload', 'service', 'signedHeaders']);
    const request = readRequest(input, faults);
    const { body = '', payload, service = '', signedHeaders } = input;
    if (!Array.isArray(signedHeaders) || !signedHeaders.every((name) => typeof name === 'string'))
      faults.add('signedHeaders', 'invalid-option', 'must be a list of names in lower case');
    faults.throwIfAny();
    const { method, target, headers } = toMessage(request!);
    const coverage = {
      signedHeaders: (signedHeaders as readonly string[]).toSorted(),
      payload: typeof payload === 'string' ? payload : hexOfSha256(toUtf8(String(body))),
      pathStyle: pathStyleOf(String(service)),
    };
    return canonicalRequest({ method, target, linesOf: (name) => headers.getAll(name) }, coverage);
  },
};

function readRequest(json: unknown, faults: Faults): OutgoingRequest | undefined {
  const { method, url, headers }: Members = isObject(json) ? json : {};
  if (typeof method !== 'string') faults.add('method', 'invalid-option', 'must be text: "GET"');
  if (typeof url !== 'string' || !URL.canParse(url)) faults.add('url', 'invalid-option', 'must be an absolute URL');
  const lines = readHeaders(headers, faults);
  return faults.found.length > 0
    ? undefined
    : { method: method as string, url: asWritten(url as string), headers: lines };
}

/** The platform resolves dots and writes escapes anew; what is signed is the target as it was sent. */
function asWritten(text: string): OutgoingRequest['url'] {
  const url = new URL(text);
  const [, rest = ''] = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^#]*)/i.exec(text) ?? [];
  const mark = rest.indexOf('?');
  const pathname = mark === -1 ? rest : rest.slice(0, mark);
  const search = mark === -1 ? '' : rest.slice(mark);
  return Object.assign(Object.create(null) as URL, {
    protocol: url.protocol,
    host: url.host,
    pathname: pathname === '' ? '/' : pathname,
    search,
  });
}

function readHeaders(json: unknown = [], faults: Faults): HeaderList {
  const isLine = (line: unknown): boolean =>
    Array.isArray(line) && line.length === 2 && line.every((part) => typeof part === 'string');
  if (Array.isArray(json) && json.every(isLine)) return json;
  faults.add('headers', 'invalid-option', 'must be a list of field lines: [["Host", "api.example"]]');
  return [];
}
