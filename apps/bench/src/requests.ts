import type { AuthRequest, Connection, RequestHeaders } from '@auth/core';

const connection: Connection = { remoteAddress: '127.0.0.1', encrypted: false };
const usual = [
  'Host', '127.0.0.1:3000', 'User-Agent', 'bench/1.0', 'Accept', 'application/json', 'Accept-Encoding', 'gzip, deflate',
  'Connection', 'keep-alive',
] as const; // prettier-ignore

/** A request as an adapter over `node:http` hands it on: field lines as received. */
class BenchRequest implements AuthRequest {
  readonly method = 'GET';
  readonly target = '/orders';
  readonly headers: RequestHeaders;
  readonly connection = connection;

  constructor(name: string, value: string) {
    this.headers = new Lines([...usual, name, value]);
  }

  get url(): URL {
    return new URL(this.target, 'http://127.0.0.1:3000');
  }

  body(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array());
  }
}

class Lines implements RequestHeaders {
  readonly #lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  get(name: string): string | undefined {
    return this.getAll(name)[0];
  }

  names(): readonly string[] {
    return this.#lines.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  }

  getAll(name: string): readonly string[] {
    const values: string[] = [];
    for (let i = 0; i < this.#lines.length; i += 2)
      if (this.#lines[i]!.toLowerCase() === name) values.push(this.#lines[i + 1]!);
    return values;
  }
}

/** A new request each time: what a guard remembers of one is not measured. */
export const requestWith = (name: string, value: string): AuthRequest => new BenchRequest(name, value);
