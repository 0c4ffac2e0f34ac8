/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP where OTEL_EXPORTER_OTLP_ENDPOINT says. Without it nothing of it is loaded, and nothing is
 * measured. A collector that is away costs traces, and no request.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Tracer } from '@opentelemetry/api';
import { Type } from 'typebox';
import type { Logger } from '../logger.ts';

export const traceFields = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      description:
        'of a collector, `http://host:4318`; without it there are no traces (docs/telemetry.md). An empty one counts as not set',
      pattern: '^(https?://.+)?$',
    }),
  ),
  /** Read by the exporter itself, as are its other variables. */
  OTEL_EXPORTER_OTLP_HEADERS: Type.Optional(
    Type.String({ description: 'sent with each delivery, `name=value` with commas between' }),
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({
    description:
      'which part of the requests begins a trace; one that came with a sampled traceparent is in any case in its own',
    default: 0.1,
    minimum: 0,
    maximum: 1,
  }),
};

export interface TraceVariables {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, for some seconds at most. */
  stop(): Promise<void>;
}

const TOLD_EVERY_MS = 60_000;
const LAST_WORDS_MS = 3000;
/** Whoever looks for a trace looks soon after. */
const SEND_AFTER_MS = 1000;
/** That wait to be sent; those of a busy moment, some 10 MB. */
const MOST_SPANS = 10_000;

/** `name`: of the service, among its spans. null: no traces are wanted. */
export async function startTracing(
  name: string,
  version: string,
  config: TraceVariables,
  logger: Logger,
): Promise<Tracing | null> {
  if ((config.OTEL_EXPORTER_OTLP_ENDPOINT ?? '') === '') return null;
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }, sampler] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('./sampler.ts'),
    ]);
  tellFailures(logger);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `readside-${name}`, 'service.version': version }),
    sampler: sampler.ratioOrLinked(config.OTEL_TRACES_SAMPLER_ARG),
    // It reads where to and with which headers from the environment, by the names that every service's exporter has.
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: SEND_AFTER_MS,
        maxQueueSize: MOST_SPANS,
      }),
    ],
  });
  return {
    tracer: provider.getTracer('readside', version),
    stop: () => Promise.race([provider.shutdown(), delay(LAST_WORDS_MS, undefined, { ref: false })]),
  };
}

/** Once a minute; its words may quote what was sent. */
function tellFailures(logger: Logger): void {
  let toldAt = -Infinity;
  const tell = (message: string): void => {
    if (performance.now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = performance.now();
    logger.warn(
      message.startsWith('Dropped')
        ? 'there are more spans than can be sent: some are left out, OTEL_TRACES_SAMPLER_ARG makes them fewer'
        : 'traces are not delivered to OTEL_EXPORTER_OTLP_ENDPOINT',
    );
  };
  const nothing = (): void => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing },
    DiagLogLevel.WARN,
  );
}
