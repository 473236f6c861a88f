import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { isClientError, type Client, type ClientError, type ClientEvent } from '@auth/client';
import { isConfigurationError } from '@auth/core/signing';

import { UsageError } from './configuration.js';
import { readClient } from './request-configuration.js';

/** How `request` is called. */
export const requestUsage =
  "conformance request --config FILE METHOD URL [--header 'K: V']… [--data-file F] [--repeat N] [--concurrency C]";

interface RequestOptions {
  readonly config: string;
  readonly method: string;
  readonly url: string;
  readonly headers: [string, string][];
  readonly body: Uint8Array | undefined;
  readonly repeat: number;
  readonly concurrency: number;
}

/** `request`: sends through the client, and prints one JSON line a response, and a summary last. Answers the exit code. */
export async function request(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  const began = performance.now();
  let tokenRequests = 0;
  let client: Client;
  try {
    const onEvent = (event: ClientEvent): void => {
      if (event.kind === 'token-request') tokenRequests += 1;
      process.stderr.write(`${JSON.stringify(event)}\n`);
    };
    client = await readClient(readJson(options.config), { onEvent });
  } catch (error) {
    return refuse(error);
  }
  const failures = await sendAll(client, options);
  await client.close();
  const durationMs = Math.round(performance.now() - began);
  print({ summary: { requests: options.repeat, tokenRequests, durationMs } });
  return failures === 0 ? 0 : 1;
}

/** Sends all, so many at once, and answers how many failed. */
async function sendAll(client: Client, options: RequestOptions): Promise<number> {
  let left = options.repeat;
  let failures = 0;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      if (!(await sendOne(client, options))) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, options.repeat) }, work));
  return failures;
}

async function sendOne(client: Client, { method, url, headers, body }: RequestOptions): Promise<boolean> {
  try {
    const response = await client.fetch(url, { method, headers, ...(body !== undefined && { body }) });
    const text = await response.text();
    const attempts = client.findReport(response)?.attempts;
    print({ status: response.status, headers: [...response.headers], body: text, attempts });
    return true;
  } catch (error) {
    printError(error);
    return false;
  }
}

/** A configuration that is wrong is told line by line; one that is well formed, and unsafe, is a failure to send. */
function refuse(error: unknown): number {
  if (isConfigurationError(error))
    throw new UsageError(error.faults.map(({ path, message, reason }) => `${path}: ${message} (${reason})`).join('\n'));
  if (!isClientError(error)) throw error;
  process.stderr.write(`${error.message} (${error.code})\n`);
  printError(error);
  return 1;
}

function printError(error: unknown): void {
  // An answer that breaks off while it is read is the platform's own error.
  const { code, message }: Pick<ClientError, 'message'> & { readonly code: string } = isClientError(error)
    ? error
    : { code: 'network', message: 'the answer broke off' };
  print({ error: { code, message } });
}

const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function readArguments(args: readonly string[]): RequestOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      header: { type: 'string', multiple: true, default: [] },
      'data-file': { type: 'string' },
      repeat: { type: 'string', default: '1' },
      concurrency: { type: 'string', default: '1' },
    },
  });
  const [method, url, ...further] = positionals;
  if (values.config === undefined || method === undefined || url === undefined || further.length > 0)
    throw new UsageError(`usage:\n  ${requestUsage}`);
  return {
    config: values.config,
    method,
    url,
    headers: values.header.map(readHeader),
    body: values['data-file'] === undefined ? undefined : readBytes('--data-file', values['data-file']),
    repeat: readCount('--repeat', values.repeat),
    concurrency: readCount('--concurrency', values.concurrency),
  };
}

function readHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new UsageError(`--header: must be 'Name: value'`);
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}

function readCount(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`${name}: must be a whole number from 1 to 9999999`);
  return Number(text);
}

function readJson(file: string): unknown {
  const text = readBytes('$', file).toString();
  try {
    return JSON.parse(text);
  } catch {
    // The platform's own message shows a part of the file, which has secrets.
    throw new UsageError(`$: ${file} is not JSON`);
  }
}

function readBytes(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${name}: ${file} cannot be read: ${(error as Error).message}`);
  }
}
