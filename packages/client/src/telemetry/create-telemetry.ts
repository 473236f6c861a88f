import type { ClientEvent } from '../client-event.js';
import { attributesOf, type Attributes } from './attributes.js';

/** What of `@opentelemetry/api` is used: hand over its `trace`, its `metrics`, or both. */
export interface TelemetryApi {
  readonly trace?: { getTracer(name: string): Tracer };
  readonly metrics?: { getMeter(name: string): Meter };
}

interface Tracer {
  startSpan(name: string, options: { kind: number; startTime: Date; attributes: Attributes }): Span;
}

interface Span {
  setStatus(status: { code: number }): unknown;
  end(endTime: Date): void;
}

interface Meter {
  createCounter(name: string, options: { description: string }): { add(value: number, attributes: Attributes): void };
  createHistogram(
    name: string,
    options: { description: string; unit: string },
  ): { record(value: number, attributes: Attributes): void };
}

/** Takes the events of a client: `onEvent` of `createClient`. */
export type Telemetry = (event: ClientEvent) => void;

const instrumentation = '@auth/client';
/** `SpanKind.CLIENT` and `SpanStatusCode.ERROR` of OpenTelemetry. */
const clientKind = 2;
const errorStatus = 2;

/**
 * Turns the events of a client into spans and metrics of OpenTelemetry: `auth.client.call` and `auth.client.token_request` as spans and
 * as durations in seconds, `auth.client.events` as a count of all others. No attribute holds a credential, a query or a body; paths are in
 * spans alone, since each would be a series of its own.
 * @example createClient({ origin, auth, onEvent: createTelemetry({ trace, metrics }) })
 */
export function createTelemetry({ trace, metrics }: TelemetryApi): Telemetry {
  const tracer = trace?.getTracer(instrumentation);
  const meter = metrics?.getMeter(instrumentation);
  const durations = {
    call: meter?.createHistogram('auth.client.call.duration', {
      description: 'How long calls take, with all that they wait for.',
      unit: 's',
    }),
    'token-request': meter?.createHistogram('auth.client.token_request.duration', {
      description: 'How long requests for tokens take.',
      unit: 's',
    }),
  };
  const events = meter?.createCounter('auth.client.events', { description: 'What else happened.' });
  return (event) => {
    const { span, series } = attributesOf(event);
    if (event.kind !== 'call' && event.kind !== 'token-request') return events?.add(1, series);
    durations[event.kind]?.record(event.durationSeconds, series);
    const end = new Date(event.time);
    const startTime = new Date(end.getTime() - event.durationSeconds * 1000);
    const name = event.kind === 'call' ? 'auth.client.call' : 'auth.client.token_request';
    const made = tracer?.startSpan(name, { kind: clientKind, startTime, attributes: { ...series, ...span } });
    if ('error.type' in series) made?.setStatus({ code: errorStatus });
    made?.end(end);
  };
}
