import type { Refuse } from '@auth/core';
import { sendAnswer } from '@auth/core/node';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError } from 'rxjs';

import { addLines, isReply, type NestResponse } from './nest-request.js';

/** A refusal on its way to the module's filter; `getResponse()` is the problem as an object, for filters of the application. */
export class RefusalException extends HttpException {
  /** The whole answer: status, header lines, bytes. */
  readonly refuse: Refuse;

  constructor(refuse: Refuse) {
    super(JSON.parse(new TextDecoder().decode(refuse.body)) as Record<string, unknown>, refuse.status);
    this.refuse = refuse;
  }
}

interface Client {
  readonly handshake?: unknown;
  emit(event: string, data: unknown): unknown;
  send(text: string): unknown;
}

/**
 * Answers a refusal, the same bytes on every platform. `AuthModule` brings it, but Nest has no filters for all gateways: those
 * that tell their sockets more than that something went wrong have `@UseFilters(RefusalFilter)`.
 */
@Catch(RefusalException)
export class RefusalFilter implements ExceptionFilter<RefusalException> {
  catch(exception: RefusalException, host: ArgumentsHost): unknown {
    switch (host.getType<string>()) {
      case 'http':
        return answer(exception.refuse, host.switchToHttp().getResponse<NestResponse>());
      case 'ws':
        return tell(exception.getResponse(), host.switchToWs().getClient<Client>());
      case 'rpc':
        return throwError(() => exception.getResponse());
      default:
        // GraphQL makes its errors of what filters answer.
        return exception;
    }
  }
}

function answer(refuse: Refuse, response: NestResponse): void {
  if (!isReply(response)) return sendAnswer(response, refuse);
  addLines(response, refuse.headers);
  response.code(refuse.status);
  // Bytes: to text, Fastify adds a charset.
  response.send(Buffer.from(refuse.body));
}

/** As Nest tells exceptions: an event of Socket.IO, a message to others. */
function tell(data: unknown, client: Client): void {
  if (client.handshake === undefined) client.send(JSON.stringify({ event: 'exception', data }));
  else client.emit('exception', data);
}
