/** Streams of events, for Prometheus. */
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface EventMetrics {
  /** Of one projection; `listeners`: how many listen now. */
  of(projection: string, listeners: () => number): EventMetricsOf;
  refused(this: void): void;
}

export interface EventMetricsOf {
  told(isGone: boolean): void;
}

export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry];
  const listening = new Map<string, () => number>();
  const streams = new Gauge({
    name: 'read_api_event_streams',
    help: 'Streams of events that are open now',
    labelNames: ['projection'],
    registers: [],
    collect() {
      for (const [projection, listeners] of listening) this.set({ projection }, listeners());
    },
  });
  registry.registerMetric(streams);
  const events = new Counter({
    name: 'read_api_events_total',
    help: 'Events that streams were given: a document as it is now, or that it is gone',
    labelNames: ['event', 'projection'],
    registers,
  });
  const refused = new Counter({
    name: 'read_api_event_streams_refused_total',
    help: 'Streams of events that were refused because there were too many, in all or of one subject',
    registers,
  });
  return {
    of(projection, listeners) {
      listening.set(projection, listeners);
      return {
        told: (isGone) => events.inc({ event: isGone ? 'gone' : 'document', projection }),
      };
    },
    refused: () => refused.inc(),
  };
}
