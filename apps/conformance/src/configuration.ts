import { readFileSync } from 'node:fs';

import type { Fault } from '@auth/core';
import { readConfig, type Config, type StoreHooks, type StoreOpener } from '@auth/core/testing';

/** Wrong use or wrong configuration: one line a fault on stderr, exit code 2. */
export class UsageError extends Error {}

/**
 * @param hooks takes over the stores, where the configuration asks for control
 * @param open opens those that several processes share
 * @throws UsageError with one line for each fault: JSON path, what is wrong, what to write
 */
export function loadConfiguration(file: string, hooks?: StoreHooks, open?: StoreOpener): Config {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`$: ${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  const result = readConfig(json, hooks, open);
  if (result.kind === 'config') return result.config;
  throw new UsageError(result.faults.map(textOfFault).join('\n'));
}

export const textOfFault = ({ path, message, reason }: Fault): string => `${path}: ${message} (${reason})`;
