import type { JsonObject } from '../case.js';
import { loadCallCases, loadPrivateKeys, loadPublicKeys, loadTexts } from '../data.js';
import { startIssuer, type Issuer } from '../issuer/issuer.js';
import { replaceIn, type Texts } from '../placeholders.js';
import { textOf, within, type Awaitable } from '../server.js';
import { checkRequested, runIssuer } from '../steps/issuer.js';
import type { CallCase, CallCaseStep, CallStep } from './case.js';
import { checkCall, checkPosted } from './check.js';
import { signToken } from './sign.js';

/** What a helper answered, or the code that it refused with. */
export type CallAnswer = { readonly ok: JsonObject } | { readonly error: { readonly code: string } };

/** Calls a helper by its name. */
export type Call = (name: string, input: JsonObject) => Awaitable<CallAnswer>;

/** How to run the cases of helpers. */
export interface CallSuiteOptions {
  /** Runs these alone: ids of cases or of rows. */
  readonly only?: string | readonly string[];
  /** How long one call may take, in milliseconds; default 5000. */
  readonly timeoutMs?: number;
  /** Ends the run: the iteration throws the reason. */
  readonly signal?: AbortSignal;
  /** Other cases than those of the suite: for tests of the runner. */
  readonly cases?: readonly CallCase[];
}

/** What became of a case. */
export interface CallResult {
  readonly id: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed';
  /** What is wrong. */
  readonly messages: readonly string[];
}

/**
 * Runs the cases of helpers that are no route, one after another, each with an issuer of its own on loopback.
 * @param createCall called once for each case: what one case used up must not be used up for others
 * @throws the reason of `signal`, once aborted
 * @example for await (const { id, outcome, messages } of runCalls(() => call)) report(id, outcome, messages);
 */
export async function* runCalls(
  createCall: () => Call,
  options: CallSuiteOptions = {},
): AsyncGenerator<CallResult, void, undefined> {
  const { only, cases = loadCallCases(), timeoutMs = 5000, signal } = options;
  const wanted = only === undefined ? undefined : new Set([only].flat());
  const keys = { publicKeys: loadPublicKeys(), privateKeys: loadPrivateKeys() };
  for (const one of cases) {
    signal?.throwIfAborted();
    const { id, title } = one;
    if (wanted !== undefined && !wanted.has(id) && !wanted.has(id.slice(0, id.lastIndexOf('.')))) continue;
    const messages = await runCase(one, { call: createCall(), timeoutMs, ...keys });
    yield { id, title, outcome: messages.length === 0 ? 'passed' : 'failed', messages };
  }
}

interface CallRun {
  readonly call: Call;
  readonly timeoutMs: number;
  readonly publicKeys: Readonly<Record<string, JsonObject>>;
  readonly privateKeys: Readonly<Record<string, JsonObject>>;
}

/** Texts that come up while a case runs. */
interface Found {
  /** Tokens that were signed. */
  readonly signed: Record<string, string>;
  /** Members of answers. */
  readonly answer: Record<string, string>;
  /** Parameters of the `url` of an answer, form-encoded. */
  readonly query: Record<string, string>;
}

/** @returns what is wrong; nothing where all is right */
async function runCase({ issuer: script = {}, steps }: CallCase, run: CallRun): Promise<string[]> {
  const issuer = await startIssuer(run.publicKeys);
  const found: Found = { signed: {}, answer: {}, query: {} };
  const texts = (): Texts => ({ ...loadTexts(), issuer: issuer.texts, ...found });
  try {
    issuer.change(replaceIn(script, texts()));
    for (const [index, step] of steps.entries()) {
      const faults = await runStep(step, { run, issuer, found, texts: texts() });
      if (faults.length > 0) return faults.map((fault) => `step ${index + 1}: ${fault}`);
    }
    return [];
  } catch (error) {
    return [textOf(error)];
  } finally {
    await issuer.stop();
  }
}

interface StepContext {
  readonly run: CallRun;
  readonly issuer: Issuer;
  readonly found: Found;
  readonly texts: Texts;
}

async function runStep(step: CallCaseStep, context: StepContext): Promise<string[]> {
  const { run, issuer, found, texts } = context;
  if ('call' in step) return runCall(step, context);
  if ('issuer' in step) return runIssuer(step, { issuer, texts });
  if ('requested' in step) return checkRequested(step, { issuer });
  if ('posted' in step) return checkPosted(step, issuer);
  for (const [name, recipe] of Object.entries(replaceIn(step.sign, texts)))
    found.signed[name] = signToken(recipe, run.privateKeys);
  return [];
}

async function runCall(
  { call: name, input, expect, as }: CallStep,
  { run, found, texts }: StepContext,
): Promise<string[]> {
  const calling = Promise.resolve().then(() => run.call(name, replaceIn(input, texts)));
  const answered = await within(calling, run.timeoutMs, name);
  if ('ok' in answered) keepTexts(answered.ok, found, as);
  return checkCall(answered, replaceIn(expect, texts));
}

function keepTexts(ok: JsonObject, found: Found, as: string | undefined): void {
  const keep = (into: Record<string, string>, name: string, value: string): void => {
    into[name] = value;
    if (as !== undefined) into[`${as}.${name}`] = value;
  };
  for (const [name, value] of Object.entries(ok)) if (typeof value === 'string') keep(found.answer, name, value);
  const { url } = ok;
  if (typeof url !== 'string' || !URL.canParse(url)) return;
  for (const [name, value] of new URL(url).searchParams) keep(found.query, name, encodeURIComponent(value));
}
