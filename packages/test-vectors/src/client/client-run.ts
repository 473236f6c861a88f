import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { ClientAnswer, ClientCall, RunningClient } from './client.js';
import type { CaseCall, ClientStep, ExpectedOutcome, ServerName, WantedRequests } from './client-case.js';
import type { Received, ScriptedServer } from './scripted-server.js';
import { findOdds } from './wanted-request.js';

export interface ClientRunOptions {
  /** Undefined where it was not made: then `refusal` says why. */
  readonly client: RunningClient | undefined;
  /** Further clients of the case. */
  readonly also: ReadonlyMap<string, RunningClient>;
  /** For files. */
  readonly folder: string;
  readonly refusal: unknown;
  readonly servers: Readonly<Record<ServerName, ScriptedServer>>;
  readonly timeoutMs: number;
}

type Outcome = { readonly answer: ClientAnswer } | { readonly error: unknown };

interface Started {
  readonly controller: AbortController;
  readonly outcomes: Promise<readonly Outcome[]>;
}

/** One case as it runs: its steps, one after another, up to the first that is not as it should be. */
export class ClientRun {
  readonly errors: unknown[] = [];
  readonly #options: ClientRunOptions;
  readonly #started = new Map<string, Started>();
  #closing: Promise<void> | undefined;

  constructor(options: ClientRunOptions) {
    this.#options = options;
    if (options.refusal !== undefined) this.errors.push(options.refusal);
  }

  async steps(steps: readonly ClientStep[]): Promise<readonly string[]> {
    for (const [index, step] of steps.entries()) {
      const faults = await this.#limited(this.#step(step));
      if (faults.length > 0) return faults.map((fault) => `step ${index + 1}: ${fault}`);
    }
    return [];
  }

  async #step(step: ClientStep): Promise<readonly string[]> {
    if ('refused' in step) return this.#checkRefusal(step.refused);
    const { client, refusal } = this.#options;
    if (client === undefined) return [`the client was not made: ${describe(refusal)}`];
    if ('received' in step) return this.#checkReceived(step.received);
    if ('events' in step) return client.events === undefined ? [] : checkEvents(client.events(), step.events);
    if ('noEvent' in step)
      return client.events?.().some((event) => (event as { kind?: unknown }).kind === step.noEvent) === true
        ? [`there is an event ${step.noEvent}`]
        : [];
    if ('start' in step) {
      this.#started.set(step.start, this.#start(this.#by(step.by), step.call, step.times ?? 1));
      return [];
    }
    if ('call' in step) return this.#call(this.#by(step.by), step);
    if ('finish' in step) return this.#check(await this.#named(step.finish).outcomes, step.expect);
    return this.#move(client, step);
  }

  async #move(client: RunningClient, step: ClientStep): Promise<readonly string[]> {
    const { servers } = this.#options;
    if ('abort' in step) this.#named(step.abort).controller.abort();
    if ('release' in step) for (const server of Object.values(servers)) server.release(step.release);
    if ('close' in step) this.#closing = Promise.resolve(client.close());
    if ('closed' in step) await this.#closing;
    if ('write' in step)
      await writeFile(join(this.#options.folder, step.write), step.text.padEnd(step.padToBytes ?? 0));
    if ('advanceSeconds' in step) await client.advance?.(step.advanceSeconds);
    if ('arrived' in step)
      for (const [name, count] of Object.entries(step.arrived)) await servers[name as ServerName].arrived(count);
    return [];
  }

  async #call(
    client: RunningClient,
    { call, times = 1, inSequence = false, expect }: Extract<ClientStep, { expect: ExpectedOutcome; call: CaseCall }>,
  ): Promise<readonly string[]> {
    if (!inSequence) return this.#check(await this.#start(client, call, times).outcomes, expect);
    for (let index = 0; index < times; index++) {
      const faults = this.#check(await this.#start(client, call, 1).outcomes, expect);
      if (faults.length > 0) return faults;
    }
    return [];
  }

  #start(client: RunningClient, call: CaseCall, times: number): Started {
    const controller = new AbortController();
    const outcomes = Promise.all(
      Array.from({ length: times }, async (): Promise<Outcome> => {
        try {
          return { answer: await client.send(toCall(call, controller.signal)) };
        } catch (error) {
          return { error };
        }
      }),
    );
    return { controller, outcomes };
  }

  #by(name: string | undefined): RunningClient {
    const { client, also } = this.#options;
    const found = name === undefined ? client : also.get(name);
    if (found === undefined) throw new Error(`no client is called ${name}`);
    return found;
  }

  #named(name: string): Started {
    const found = this.#started.get(name);
    if (found === undefined) throw new Error(`no calls are called ${name}`);
    return found;
  }

  #check(outcomes: readonly Outcome[], expected: ExpectedOutcome): readonly string[] {
    const faults = outcomes.flatMap((outcome) => {
      if ('error' in outcome) this.errors.push(outcome.error);
      return checkOutcome(outcome, expected);
    });
    return [...new Set(faults)];
  }

  #checkRefusal({ code, path }: { readonly code: string; readonly path?: string }): readonly string[] {
    const { client, refusal } = this.#options;
    if (client !== undefined) return ['the client was made'];
    const { faults } = refusal as { readonly faults?: readonly { readonly path: string }[] };
    const found = faults === undefined ? (refusal as { readonly code?: unknown }).code : 'configuration-error';
    if (found !== code) return [`refused with ${describe(refusal)} instead of ${code}`];
    return path === undefined || faults?.some((fault) => fault.path === path) === true ? [] : [`no fault at ${path}`];
  }

  #checkReceived(wanted: Readonly<Partial<Record<ServerName, WantedRequests>>>): readonly string[] {
    return Object.entries(wanted).flatMap(([name, requests]) =>
      checkRequests(this.#options.servers[name as ServerName].received, requests).map((fault) => `${name}: ${fault}`),
    );
  }

  async #limited(step: Promise<readonly string[]>): Promise<readonly string[]> {
    const over = new AbortController();
    const late = sleep(this.#options.timeoutMs, ['takes too long'], { signal: over.signal }).catch(() => []);
    try {
      return await Promise.race([step, late]);
    } finally {
      over.abort();
    }
  }
}

function toCall({ method = 'GET', target, headers = [], ...body }: CaseCall, signal: AbortSignal): ClientCall {
  const content = contentOf(body);
  return { method, target, headers, signal, ...(content !== undefined && { body: content }) };
}

function contentOf({ text, base64, form, stream }: Omit<CaseCall, 'target'>): ClientCall['body'] {
  if (base64 !== undefined) return new Uint8Array(Buffer.from(base64, 'base64'));
  if (form !== undefined) return new URLSearchParams(form);
  return stream === undefined ? text : new Blob([stream]).stream();
}

function checkOutcome(outcome: Outcome, expected: ExpectedOutcome): readonly string[] {
  const { status, error, attempts, body, details = {} } = expected;
  if ('error' in outcome) {
    if (error === undefined) return [`failed with ${describe(outcome.error)}`];
    const found = outcome.error as Readonly<Record<string, unknown>>;
    const odd = Object.keys(details).filter((name) => !isDeepStrictEqual(found[name], details[name]));
    return [
      ...(found['code'] === error ? [] : [`failed with ${describe(outcome.error)} instead of ${error}`]),
      ...odd.map((name) => `the error has another ${name}`),
    ];
  }
  const { answer } = outcome;
  if (error !== undefined) return [`answered ${answer.status} instead of failing with ${error}`];
  return [
    ...(status === undefined || answer.status === status ? [] : [`status ${answer.status} instead of ${status}`]),
    ...(body === undefined || answer.body === body ? [] : ['another body']),
    ...(attempts === undefined || answer.attempts === undefined || answer.attempts === attempts
      ? []
      : [`${answer.attempts} attempts instead of ${attempts}`]),
  ];
}

function checkRequests(received: readonly Received[], wanted: WantedRequests): readonly string[] {
  if (typeof wanted === 'number')
    return received.length === wanted ? [] : [`${received.length} requests instead of ${wanted}`];
  if ('from' in wanted) {
    const good = received.length >= wanted.from && received.length <= wanted.to;
    return good ? [] : [`${received.length} requests, not ${wanted.from} to ${wanted.to}`];
  }
  if (received.length !== wanted.length) return [`${received.length} requests instead of ${wanted.length}`];
  return wanted.flatMap((each, index) =>
    findOdds(received[index]!, each).map((odd) => `request ${index + 1}: another ${odd}`),
  );
}

function checkEvents(events: readonly object[], wanted: readonly object[]): readonly string[] {
  let at = 0;
  for (const each of wanted) {
    const found = events.slice(at).findIndex((event) => isLike(event, each));
    if (found === -1) return [`no event ${JSON.stringify(each)} among ${JSON.stringify(events)}`];
    at += found + 1;
  }
  return [];
}

/** Every member of `wanted` is there; numbers may be given as `{ "from": 1, "to": 2 }`. */
function isLike(event: object, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const found: unknown = (event as Readonly<Record<string, unknown>>)[name];
    if (typeof found === 'number' && typeof value === 'object' && value !== null && 'from' in value && 'to' in value)
      return found >= (value.from as number) && found <= (value.to as number);
    return isDeepStrictEqual(found, value);
  });
}

/** The code alone: messages may be anything. */
function describe(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name ?? error);
}
