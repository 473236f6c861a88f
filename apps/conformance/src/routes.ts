import { loadConfiguration } from './configuration.js';

/** `routes`: one JSON line a route. */
export function printRoutes(file: string): void {
  for (const { method, path, require } of loadConfiguration(file).routes) {
    process.stdout.write(`${JSON.stringify({ method, path, require: require ?? null })}\n`);
  }
}
