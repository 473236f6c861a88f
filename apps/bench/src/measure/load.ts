import { connect, type Socket } from 'node:net';

import { host } from '../servers/setup.js';

// For one call of `send`, however many requests.
const patienceMs = 60_000;

/** Sends requests over connections that stay open, one at a time on each. */
export class Load {
  readonly #connections: readonly Connection[];

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  static async open(port: number, connections: number): Promise<Load> {
    return new Load(await Promise.all(Array.from({ length: connections }, () => Connection.open(port))));
  }

  /**
   * Sends so many requests, these in turn.
   * @throws Error for an answer other than 200, a connection that closed, and where a minute was not enough.
   */
  async send(requests: readonly string[], count: number): Promise<void> {
    let next = 0;
    const caller = async (connection: Connection): Promise<void> => {
      while (next < count) await connection.send(requests[next++ % requests.length]!);
    };
    const timer = setTimeout(() => this.close(new Error('the server has not answered in time')), patienceMs);
    try {
      await Promise.all(this.#connections.map(caller));
    } finally {
      clearTimeout(timer);
    }
  }

  close(reason?: Error): void {
    for (const connection of this.#connections) connection.close(reason);
  }
}

class Connection {
  readonly #socket: Socket;
  #received = '';
  #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (chunk) => this.#read(chunk as unknown as string));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed a connection')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      }).once('error', reject);
    });
  }

  send(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) throw new Error('the server closed a connection');
      this.#settle = { resolve, reject };
      this.#socket.write(request, 'latin1');
    });
  }

  close(reason: Error | undefined): void {
    this.#socket.destroy(reason);
  }

  /** Enough of RFC 9112 for these servers: every answer has a length. */
  #read(chunk: string): void {
    this.#received += chunk;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, end + 2));
    if (length === null) this.#socket.destroy(new Error(`an answer has no length: ${this.#received}`));
    else if (this.#received.length >= end + 4 + Number(length[1])) this.#finish();
  }

  #finish(): void {
    const answer = this.#received;
    this.#received = '';
    if (answer.startsWith('HTTP/1.1 200 ')) this.#settle?.resolve();
    else this.#settle?.reject(new Error(`an answer other than 200: ${answer}`));
  }
}
