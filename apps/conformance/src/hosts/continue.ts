import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Lets 100 Continue be sent when somebody begins to read the body (RFC 9110 §10.1.1). Left alone, Node sends it before anybody
 * has looked at the request, and those who are refused send their body all the same.
 */
export function continueOnRead(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const onListener = (event: string | symbol): void => {
      if (event !== 'data' && event !== 'readable') return;
      request.off('newListener', onListener);
      if (!response.headersSent) response.writeContinue();
    };
    request.on('newListener', onListener);
    server.emit('request', request, response);
  });
}
