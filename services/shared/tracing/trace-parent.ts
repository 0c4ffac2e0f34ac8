/** W3C's trace context in one text, as headers and rows carry it: 00-<trace>-<span>-<flags>. Pure. */
import { ROOT_CONTEXT, TraceFlags, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

/** The context that a span made from it is a child in; the root where it is absent, or no trace context. */
export function contextOf(traceparent: string | undefined): Context {
  const parsed = traceparent === undefined ? null : parseTraceParent(traceparent);
  if (parsed === null || !isSpanContextValid(parsed)) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...parsed, isRemote: true });
}

/** null: the span is not recorded, and what follows from it need not be. */
export function traceparentOf(span: Span): string | null {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? null : `00-${traceId}-${spanId}-01`;
}

const FORM = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

/** Of a recorded span, in the form that `traceparentOf` writes. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && FORM.test(value);
}
