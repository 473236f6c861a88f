import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Order, Report } from '../serve.js';
import type { Setup } from '../servers/setup.js';

const program = fileURLToPath(new URL('serve.js', import.meta.url));
const answerMs = 30_000;

/** A server in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** @throws Error where it does not start in time. */
  static async start(setup: Setup): Promise<ServerProcess> {
    const child = fork(program, { execArgv: [] });
    try {
      const started = await ask(child, { kind: 'start', setup });
      if ('port' in started) return new ServerProcess(child, started.port);
      throw new Error('error' in started ? started.error : 'the server told something else than its port');
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Microseconds of all its threads so far. */
  async cpuUs(): Promise<number> {
    const used = await ask(this.#child, { kind: 'usage' });
    if ('cpuUs' in used) return used.cpuUs;
    throw new Error('the server did not tell its processor time');
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#child.once('exit', () => resolve());
    });
    this.#child.kill();
    await ended;
  }
}

function ask(child: ChildProcess, order: Order): Promise<Report> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      clearTimeout(timer);
      child.off('message', take).off('exit', gone);
      done();
    };
    const take = (answer: Report): void => settle(() => resolve(answer));
    const gone = (code: number | null): void => settle(() => reject(new Error(`a server ended with ${code}`)));
    const timer = setTimeout(() => settle(() => reject(new Error('a server does not answer'))), answerMs);
    child.on('message', take).on('exit', gone);
    child.send(order);
  });
}
