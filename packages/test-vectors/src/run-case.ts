import type { Case, CodeRow, Configuration, Step } from './case.js';
import type { EventReader } from './events.js';
import type { Connections } from './http/connection.js';
import type { Issuer } from './issuer/issuer.js';
import type { Texts } from './placeholders.js';
import type { RunningServer } from './server.js';
import { checkAlerts } from './steps/alerts.js';
import { runControl } from './steps/control.js';
import { checkReceived, checkRequested, runIssuer } from './steps/issuer.js';
import { runProof, type PrivateKeys } from './steps/proof.js';
import { replaceFiles } from './steps/files.js';
import { runRefused } from './steps/refused.js';
import { runRequest } from './steps/request.js';

/** What a case needs of the run that it belongs to. */
export interface CaseContext {
  readonly server: RunningServer;
  readonly url: URL;
  readonly events: EventReader;
  readonly connections: Connections;
  /** Where the server's clock stands. */
  readonly clock: ServerClock;
  /** Undefined where the case has none. */
  readonly issuer: Issuer | undefined;
  readonly texts: Texts;
  /** What a step may sign with, by name. */
  readonly privateKeys: PrivateKeys;
  readonly codes: Readonly<Record<string, CodeRow>>;
  /** Instances told so far: none may come twice. */
  readonly instances: Set<string>;
  readonly byFetch: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The clock of the server as the runner knows it: it stands still but for the commands. In milliseconds. */
export interface ServerClock {
  readonly startedAt: number;
  now: number;
}

export function createServerClock({ at }: Configuration['clock']): ServerClock {
  return { startedAt: Date.parse(at), now: Date.parse(at) };
}

/** Runs the steps of a case until one fails. @returns what is wrong; nothing where all is right */
export async function runSteps({ steps = [] }: Case, context: CaseContext): Promise<string[]> {
  const texts: Record<string, Texts[string]> = { ...context.texts };
  for (const [index, step] of steps.entries()) {
    const { faults, told = {} } = await runStep(step, { ...context, texts });
    if (faults.length > 0) return steps.length === 1 ? faults : faults.map((fault) => `step ${index + 1}: ${fault}`);
    for (const [kind, named] of Object.entries(told)) texts[kind] = Object.assign({}, texts[kind], named);
  }
  return [];
}

/** What is wrong with a step; and what it told, for the steps that follow. */
export interface StepResult {
  readonly faults: string[];
  readonly told?: Texts;
}

async function runStep(step: Step, context: CaseContext): Promise<StepResult> {
  if ('request' in step) return runRequest(step, context);
  if ('proof' in step) return runProof(step, context);
  if ('refused' in step) return { faults: await runRefused(step, context) };
  if ('files' in step) return { faults: replaceFiles(step, context) };
  if ('control' in step) return runControl(step, context);
  if ('issuer' in step) return { faults: runIssuer(step, context) };
  if ('received' in step) return { faults: checkReceived(step, context) };
  if ('requested' in step) return { faults: await checkRequested(step, context) };
  return { faults: await checkAlerts(step, context) };
}

/** Whether a case changes what its server stands on, or follows a connection: then nothing of it may be left for others. */
export function needsOwnServer(one: Case): boolean {
  return one.issuer !== undefined || needsControl(one) || (one.steps ?? []).some((step) => 'files' in step);
}

/** Whether a case needs a server that takes commands. */
export function needsControl({ steps = [] }: Case): boolean {
  return steps.some((step) => 'control' in step);
}
