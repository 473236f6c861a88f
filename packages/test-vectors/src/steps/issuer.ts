import { setTimeout as sleep } from 'node:timers/promises';

import type { IssuerStep, ReceivedStep, RequestedStep } from '../case.js';
import { compare } from '../check/compare.js';
import { replaceIn } from '../placeholders.js';
import type { CaseContext } from '../run-case.js';

/** How long a request to the issuer may come after the answer that it was made for. */
const requestMs = 1000;
const pollMs = 5;

const noIssuer = 'the case has no issuer';

/** Lets the issuer answer otherwise. */
export function runIssuer(
  { issuer: script }: IssuerStep,
  { issuer, texts }: Pick<CaseContext, 'issuer' | 'texts'>,
): string[] {
  if (issuer === undefined) return [noIssuer];
  issuer.change(replaceIn(script, texts));
  return [];
}

/** Checks how often the issuer was asked. */
export async function checkRequested(
  { requested }: RequestedStep,
  { issuer }: Pick<CaseContext, 'issuer'>,
): Promise<string[]> {
  if (issuer === undefined) return [noIssuer];
  const faults: string[] = [];
  for (const [path, wanted] of Object.entries(requested)) {
    const [least, most] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
    const end = performance.now() + requestMs;
    while (issuer.requests(path) < least && performance.now() < end) await sleep(pollMs);
    const count = issuer.requests(path);
    if (count < least || count > most)
      faults.push(
        `the issuer was asked for ${path} ${count} times, should be ${least === most ? least : `${least} to ${most}`}`,
      );
  }
  return faults;
}

/** Checks what the issuer was sent. */
export function checkReceived({ received }: ReceivedStep, { issuer, texts }: CaseContext): string[] {
  if (issuer === undefined) return [noIssuer];
  return Object.entries(replaceIn(received, texts)).flatMap(([path, wanted]) => {
    const request = issuer.received(path);
    if (request === undefined) return [`the issuer was never asked for ${path}`];
    const { method, target, headers = {}, form } = wanted;
    const faults = Object.entries(headers).flatMap(([name, value]) =>
      compare(`${name} for ${path}`, request.headers[name] ?? null, value),
    );
    if (method !== undefined) faults.push(...compare(`method of ${path}`, request.method, method));
    if (target !== undefined) faults.push(...compare('target', request.target, target));
    if (form !== undefined) faults.push(...compare(`form for ${path}`, [...new URLSearchParams(request.body)], form));
    return faults;
  });
}
