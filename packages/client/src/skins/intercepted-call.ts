import type { HeaderList } from '@auth/core/signing';
import { DecoratorHandler, type Dispatcher } from 'undici';

import type { ClientExchange } from '../client-exchange.js';
import type { AnswerHeaders } from '../strategy.js';

type Handler = Required<
  Pick<
    Dispatcher.DispatchHandler,
    'onRequestStart' | 'onRequestUpgrade' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'
  >
>;
type Controller = Dispatcher.DispatchController;
type Head = Parameters<Handler['onResponseStart']>;

/** Bytes of an answer that nobody gets which are read for the sake of its connection. */
const longestDropped = 65_536;

interface Dispatching {
  readonly dispatch: Dispatcher['dispatch'];
  readonly options: Dispatcher.DispatchOptions;
}

/** One request on its way through undici: it is sent with credentials, and its answer is held until it is judged. */
export class InterceptedCall {
  /** Whoever waits for the answer, in whatever form of undici. */
  readonly #handler: Handler;
  readonly #dispatching: Dispatching;

  constructor(handler: Dispatcher.DispatchHandler, dispatching: Dispatching) {
    this.#handler = new DecoratorHandler(handler) as unknown as Handler;
    this.#dispatching = dispatching;
  }

  /** As `dispatch`: false where the caller is to wait for `drain`. */
  send(exchange: ClientExchange): boolean {
    const prepared = exchange.prepare();
    if (!(prepared instanceof Promise)) return this.#dispatch(exchange, prepared);
    prepared.then((headers) => this.#dispatch(exchange, headers)).catch((error: Error) => this.fail(error));
    return true;
  }

  fail(error: Error): void {
    this.#handler.onResponseError(undefined as never, error);
  }

  #dispatch(exchange: ClientExchange, fields: HeaderList): boolean {
    const { dispatch, options } = this.#dispatching;
    return dispatch({ ...options, headers: addFields(options.headers, fields) }, this.#judge(exchange));
  }

  /** Passes everything on, but for an answer that asks for another try. */
  #judge(exchange: ClientExchange): Dispatcher.DispatchHandler {
    const handler = this.#handler;
    let dropped = 0;
    let isDropped = false;
    let failed: Error | undefined;
    const hold = (controller: Controller, again: Promise<boolean>, head: Head): void => {
      controller.pause();
      again.then(
        (sendAgain) => {
          isDropped = sendAgain;
          if (!sendAgain) handler.onResponseStart(...head);
          controller.resume();
          if (sendAgain) this.send(exchange);
        },
        (error: Error) => {
          failed = error;
          controller.abort(error);
        },
      );
    };
    return {
      onRequestStart: (controller, context) => handler.onRequestStart(controller, context),
      onRequestUpgrade: (...upgrade) => handler.onRequestUpgrade(...upgrade),
      onResponseStart: (controller, status, headers, message) => {
        // What comes before the answer says nothing to whoever waits for it.
        if (status < 200) return;
        const head: Head =
          message === undefined ? [controller, status, headers] : [controller, status, headers, message];
        const again = exchange.judge({ status, headers: readFields(headers) });
        if (again instanceof Promise) hold(controller, again, head);
        else handler.onResponseStart(...head);
      },
      onResponseData: (controller, chunk) => {
        if (!isDropped) return handler.onResponseData(controller, chunk);
        dropped += chunk.length;
        if (dropped > longestDropped) controller.abort(new Error('an answer that nobody gets is too long'));
      },
      onResponseEnd: (controller, trailers) => {
        if (!isDropped) handler.onResponseEnd(controller, trailers);
      },
      onResponseError: (controller, error) => {
        if (!isDropped) handler.onResponseError(controller, failed ?? error);
      },
    };
  }
}

function readFields(headers: Head[2]): AnswerHeaders {
  return {
    get(name) {
      const value = headers[name.toLowerCase()];
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

/** In the form in which they came. */
function addFields(
  headers: Dispatcher.DispatchOptions['headers'],
  fields: HeaderList,
): Exclude<Dispatcher.DispatchOptions['headers'], undefined> {
  if (headers === null || headers === undefined) return Object.fromEntries(fields);
  if (Array.isArray(headers) && (headers.length === 0 || typeof headers[0] === 'string'))
    return [...headers, ...fields.flat()];
  if (Symbol.iterator in headers) return [...(headers as Iterable<[string, string]>), ...fields].flat();
  return { ...headers, ...Object.fromEntries(fields) };
}
