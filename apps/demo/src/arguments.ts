export const usage = 'usage: npm start [-- --once]';

export interface Arguments {
  readonly once: boolean;
}

/** @returns undefined for what the demo does not know. */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  return args.every((arg) => arg === '--once') ? { once: args.length > 0 } : undefined;
}
