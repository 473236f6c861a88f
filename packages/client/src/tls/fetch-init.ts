import type { RequestInit as UndiciInit } from 'undici';

/** A request as the `fetch` of undici takes it, whose own `FormData` and `Headers` are other ones than the platform's. */
export async function toFetchInit(init: RequestInit): Promise<UndiciInit> {
  const headers = new Headers(init.headers);
  let { body } = init;
  if (Object.prototype.toString.call(body) === '[object FormData]') {
    // It would go out as the text "[object FormData]".
    const encoded = new Response(body ?? null);
    headers.set('content-type', encoded.headers.get('content-type') ?? '');
    body = new Uint8Array(await encoded.arrayBuffer());
  }
  return { ...init, headers: [...headers], body } as unknown as UndiciInit;
}
