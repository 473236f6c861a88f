export const usage = 'usage: npm start [-- [--once] [--port PORT]]';

export interface Arguments {
  readonly once: boolean;
  /** Of the page; 0 means any that is free. */
  readonly port: number;
}

/** @returns undefined for what the demo does not know. */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  let [once, port] = [false, 0];
  const rest = args.values();
  for (const arg of rest) {
    if (arg === '--once') once = true;
    else if (arg === '--port') port = parsePort(rest.next().value);
    else return undefined;
  }
  return Number.isNaN(port) ? undefined : { once, port };
}

function parsePort(text: string | undefined): number {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : NaN;
}
