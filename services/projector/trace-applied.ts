/**
 * What became of traced changes, as spans of the trace that their command began: captured by the connector, handed to Kafka, delivered, applied
 * and saved. The first stages are told from the times that the change itself carries, by the clocks of the machines that did them.
 */
import { SpanKind, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import type { Projection } from '../shared/projection/projection.ts';
import { contextOf } from '../shared/tracing/trace-parent.ts';
import type { Fold, TracedSource } from './fold-document.ts';

/** In ms since 1970, of the batch that the changes were applied in. */
export interface AppliedIn {
  readonly partition: number;
  readonly beganAt: number;
  readonly savingAt: number;
  readonly savedAt: number;
}

/** A projector that catches up would make more spans than anybody takes, of commands that nobody looks at any more. */
const NEWS_MS = 600_000;

export type TraceApplied = (saved: readonly Fold[], batch: AppliedIn) => void;

export function createTraceApplied(tracer: Tracer, { name, topic, resource }: Projection): TraceApplied {
  function span(
    kind: SpanKind,
    what: string,
    from: number,
    to: number,
    within: Context,
    told: Attributes,
  ): Span {
    const made = tracer.startSpan(what, { kind, startTime: from, attributes: told }, within);
    // Two clocks, or one of whole milliseconds: nothing ends before it began.
    made.end(Math.max(from, to));
    return made;
  }

  function tellStages(
    { trace: origin, committedAt, lsn, txId }: TracedSource,
    id: string,
    batch: AppliedIn,
  ): void {
    const command = contextOf(origin.traceparent);
    const captured = origin.capturedAt / 1000;
    const published = Math.max(captured, origin.publishedAt);
    span(SpanKind.INTERNAL, 'capture', committedAt / 1000, captured, command, {
      'db.system.name': 'postgresql',
      ...(lsn !== null && { 'readside.lsn': lsn }),
      ...(txId !== null && { 'readside.transaction': txId }),
    });
    const inKafka = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(batch.partition),
    };
    span(SpanKind.PRODUCER, `publish ${topic}`, captured, published, command, inKafka);
    span(SpanKind.CONSUMER, `deliver ${topic}`, published, batch.beganAt, command, inKafka);
    const applied = span(SpanKind.INTERNAL, `apply ${name}`, batch.beganAt, batch.savedAt, command, {
      'readside.document': id,
    });
    span(
      SpanKind.CLIENT,
      `save ${resource}`,
      batch.savingAt,
      batch.savedAt,
      trace.setSpan(command, applied),
      {
        'db.system.name': 'mongodb',
        'db.collection.name': resource,
      },
    );
  }

  return (saved, batch) => {
    const isNews = ({ committedAt }: TracedSource): boolean => batch.savedAt - committedAt / 1000 < NEWS_MS;
    for (const { document, traced } of saved)
      // A command changes several rows; it is told once, by its last.
      for (const last of new Map(
        traced.filter(isNews).map((each) => [each.trace.traceparent, each]),
      ).values())
        tellStages(last, document._id, batch);
  };
}
