import { parseArguments, usage } from './arguments.js';
import { runDemo } from './demo.js';
import { wantsColors } from './terminal/paint.js';

const args = parseArguments(process.argv.slice(2));
if (args === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  const stop = new AbortController();
  // Stays: a terminal sends Ctrl-C to npm too, which hands it on, so that it comes twice.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  process.exitCode = await runDemo({
    ...args,
    colors: wantsColors(process.stdout, process.env),
    print: (text) => void process.stdout.write(`${text}\n`),
    stopped: stop.signal,
  });
}
