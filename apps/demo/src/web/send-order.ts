import type { IncomingMessage } from 'node:http';

/** Which request to send, and to whom. */
export interface SendOrder {
  readonly request: string;
  readonly framework: string;
}

const maxBytes = 1024;

/** @returns undefined for anything else. */
export async function readSendOrder(req: IncomingMessage): Promise<SendOrder | undefined> {
  if (req.headers['content-type'] !== 'application/json') return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    const order = JSON.parse(Buffer.concat(chunks).toString()) as Partial<Record<keyof SendOrder, unknown>> | null;
    const { request, framework } = order ?? {};
    return typeof request === 'string' && typeof framework === 'string' ? { request, framework } : undefined;
  } catch {
    return undefined;
  }
}
