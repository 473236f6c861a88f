import { toUtf8 } from '../base/bytes.js';
import type { Answer } from '../contracts/decision.js';
import type { HeaderList } from '../contracts/failure.js';

const noStore: HeaderList = [['cache-control', 'no-store']];

/** An answer in JSON (RFC 8259), kept by no cache unless `headers` says otherwise. */
export function answerJson(status: number, json: object, headers: HeaderList = noStore): Answer {
  return { status, headers: [['content-type', 'application/json'], ...headers], body: toUtf8(JSON.stringify(json)) };
}

/** RFC 9110 §15.5.6: says which methods there are. */
export function answerMethodNotAllowed(methods: readonly string[]): Answer {
  const headers: HeaderList = [
    ['allow', methods.join(', ')],
    ['cache-control', 'no-store'],
  ];
  return { status: 405, headers, body: new Uint8Array() };
}

/** Whether a request says that its body is of this media type (RFC 9110 §8.3.1), in one field and without parameters but `charset=utf-8`. */
export function isMediaType(lines: readonly string[], type: string): boolean {
  const [only = '', ...more] = lines;
  const [name = '', ...parameters] = only.split(';').map((part) => part.trim().toLowerCase());
  return more.length === 0 && name === type && parameters.every((each) => /^charset="?utf-8"?$/.test(each));
}
