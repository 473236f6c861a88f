import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import type { IssuerAnswer, Json, JsonObject } from '../case.js';

const jsonType = [['Content-Type', 'application/json']] as const;

/** What an answer is made with. */
export interface IssuerContext {
  readonly publicKeys: Readonly<Record<string, JsonObject>>;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** Answers as the script says. Rejects where the signal ends the waiting, and for a key that has no such name. */
export async function sendAnswer(
  response: ServerResponse,
  answer: IssuerAnswer,
  { publicKeys, signal }: IssuerContext,
): Promise<void> {
  if (answer.cut === true) {
    response.destroy();
    return;
  }
  if (answer.never === 'answer') return;
  if (answer.delayMs !== undefined) await sleep(answer.delayMs, undefined, { signal });
  const body = bodyOf(answer, publicKeys);
  response.statusCode = answer.status ?? 200;
  for (const [name, value] of answer.headers ?? jsonType) response.appendHeader(name, value);
  if (answer.gzip === true) response.setHeader('Content-Encoding', 'gzip');
  response.setHeader('Content-Length', body.length);
  if (answer.never === 'body') {
    response.write(body.subarray(0, body.length / 2));
  } else if (answer.dripMs === undefined) {
    response.end(body);
  } else {
    await drip(response, body, answer.dripMs, signal);
  }
}

function bodyOf(answer: IssuerAnswer, publicKeys: IssuerContext['publicKeys']): Buffer {
  const { keys, json, text, padToBytes = 0, gzip } = answer;
  const value = keys === undefined ? json : keySet(keys, publicKeys);
  const written = Buffer.from(text ?? (value === undefined ? '' : JSON.stringify(value)));
  const body = Buffer.concat([written, Buffer.alloc(Math.max(0, padToBytes - written.length), ' ')]);
  return gzip === true ? gzipSync(body) : body;
}

function keySet(names: readonly string[], publicKeys: IssuerContext['publicKeys']): Json {
  const keys = names.map((name) => {
    if (!Object.hasOwn(publicKeys, name)) throw new Error(`${name} is no key of the suite`);
    return publicKeys[name]!;
  });
  return { keys };
}

async function drip(response: ServerResponse, body: Buffer, apartMs: number, signal: AbortSignal): Promise<void> {
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await sleep(apartMs, undefined, { signal });
  }
  response.end();
}
