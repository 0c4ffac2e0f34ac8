/** W3C's trace context in one text, as headers and rows carry it: 00-<trace>-<span>-<flags>. Pure. */
import { ROOT_CONTEXT, TraceFlags, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context that a span made from it is a child in; the root where it is absent, or of no version that we know. */
export function contextOf(traceparent: string | undefined): Context {
  const [, traceId = '', spanId = '', flags = ''] = FORM.exec(traceparent ?? '') ?? [];
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parsed) ? trace.setSpanContext(ROOT_CONTEXT, parsed) : ROOT_CONTEXT;
}

/** null: the span is not recorded, and what follows from it need not be. */
export function traceparentOf(span: Span): string | null {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? null : `00-${traceId}-${spanId}-01`;
}

/** Of a recorded span, in the form that `traceparentOf` writes. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && value.endsWith('-01') && FORM.test(value);
}
