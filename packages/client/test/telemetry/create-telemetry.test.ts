import { metrics, type Meter } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';

import { createTelemetry } from '../../src/opentelemetry.js';
import { createBench, failureOf, invalidToken, refusal, secret } from '../fixtures/client.js';

/** The tracing of OpenTelemetry itself, and a meter that keeps what it is told. */
function createRecorder() {
  const exporter = new InMemorySpanExporter();
  const trace = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const told: [string, number, object][] = [];
  const instrument = (name: string) => {
    const tell = (value: number, attributes: object): unknown => told.push([name, value, attributes]);
    return { add: tell, record: tell };
  };
  const meter = { createCounter: instrument, createHistogram: instrument } as unknown as Meter;
  const onEvent = createTelemetry({ trace, metrics: { getMeter: () => meter } });
  const spans = () =>
    exporter.getFinishedSpans().map(({ name, kind, status, attributes }) => ({ name, kind, status, attributes }));
  return { onEvent, spans, told, exporter };
}

describe('OpenTelemetry', () => {
  it('gets a span and a duration of each call and each request for a token, and a count of all else', async () => {
    const { onEvent, spans, told, exporter } = createRecorder();
    const { client, issuer, clock } = await createBench({
      api: (_seen, index) => (index === 0 ? refusal(invalidToken) : { body: 'ok' }),
      issuer: (_seen, index) => {
        clock.advance(2);
        return { status: 200, headers: { 'content-type': 'application/json' }, body: tokenOf(index) };
      },
      options: { onEvent },
    });
    await client.fetch('/orders?customer=alice');
    const token = {
      name: 'auth.client.token_request',
      kind: 2,
      status: { code: 0 },
      attributes: { 'server.address': '127.0.0.1', 'url.full': `${issuer.origin}/token`, 'auth.client_id': 'job' },
    };
    expect(spans()).toEqual([
      token,
      token,
      {
        name: 'auth.client.call',
        kind: 2,
        status: { code: 0 },
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'url.path': '/orders',
          'http.request.resend_count': 1,
        },
      },
    ]);
    expect(exporter.getFinishedSpans().map(({ duration }) => duration)).toEqual([
      [2, 0],
      [2, 0],
      [4, 0],
    ]);
    expect(told).toEqual([
      ['auth.client.token_request.duration', 2, { 'server.address': '127.0.0.1' }],
      ['auth.client.events', 1, { 'auth.event': 'retry', 'auth.reason': 'credentials-refused' }],
      ['auth.client.token_request.duration', 2, { 'server.address': '127.0.0.1' }],
      ['auth.client.call.duration', 4, { 'http.request.method': 'GET', 'http.response.status_code': 200 }],
    ]);
    await client.fetch('/');
    expect(told[4]).toEqual(['auth.client.events', 1, { 'auth.event': 'token-cached' }]);
    for (const shown of [JSON.stringify(spans()), JSON.stringify(told)]) {
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain('token-1');
      expect(shown).not.toContain('alice');
    }
  });

  it('is told what a call and a request for a token failed with', async () => {
    const { onEvent, spans } = createRecorder();
    const { client } = await createBench({ issuer: () => ({ status: 500 }), options: { onEvent } });
    await failureOf(client.fetch('/'));
    expect(spans().map(({ status, attributes }) => [status, attributes['error.type']])).toEqual([
      [{ code: 2 }, 'token-endpoint'],
      [{ code: 2 }, 'token-endpoint'],
    ]);
  });

  it('takes the API of OpenTelemetry as it is, and either part of it alone', async () => {
    const { client } = await createBench({ options: { onEvent: createTelemetry({ metrics }) } });
    expect((await client.fetch('/')).status).toBe(200);
    expect(() => createTelemetry({})).not.toThrow();
  });
});

const tokenOf = (index: number): string =>
  JSON.stringify({ access_token: `token-${index + 1}`, token_type: 'Bearer', expires_in: 1000 });
