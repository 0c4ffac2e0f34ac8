/**
 * A span for each request of the application's API. It is begun when somebody asks for it, and at the answer's end at the latest: whether
 * a read is recorded depends on what it showed.
 */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Link, Span, Tracer } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from '../http-app.ts';
import { createFirstShown } from './first-shown.ts';
import type { IsFirstShown } from './first-shown.ts';
import { contextOf } from './trace-parent.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** null: no traces are wanted, or the route is an operator’s. */
    trace: RequestTrace | null;
  }
}

/** What a document shows of a trace. */
export interface TracedState {
  readonly traceparent: string;
  /** when it was saved, in ms since 1970 */
  readonly savedAt: number;
}

export interface RequestTrace {
  span(): Span;
  /** In ms since 1970, by the clock that the span began by. */
  now(): number;
  /** A part of what the request does; whoever begins it ends it. */
  begin(name: string, kind: SpanKind): Span;
  /** The answer shows what a traced change has made. */
  shows(made: TracedState): void;
}

/** Who sees it later than this sees what is long known, and no part of the change's story. */
const NEWS_MS = 60_000;

/** Before whatever may refuse a request. `trusted`: whose traces requests may belong to; a stranger's could make every one of its requests recorded. */
export function traceRequests(
  app: HttpApp,
  tracer: Tracer | undefined,
  trusted: (request: FastifyRequest) => boolean,
): void {
  app.decorateRequest('trace', null);
  if (tracer === undefined) return;
  const isFirst = createFirstShown();
  app.addHook('onRequest', (request, _reply, done) => {
    if (!request.is404 && request.routeOptions.config.access !== 'anybody')
      request.trace = createRequestTrace(tracer, request, trusted, isFirst);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = request.trace?.span();
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end(request.trace?.now());
    done();
  });
}

function createRequestTrace(
  tracer: Tracer,
  request: FastifyRequest,
  trusted: (request: FastifyRequest) => boolean,
  isFirst: IsFirstShown,
): RequestTrace {
  const startTime = Date.now();
  const arrivedAt = performance.now();
  const links: Link[] = [];
  let begun: Span | null = null;
  const span = (): Span => {
    if (begun !== null) return begun;
    const { method, routeOptions, headers, id } = request;
    const { traceparent } = headers;
    begun = tracer.startSpan(
      `${method} ${routeOptions.url}`,
      {
        kind: SpanKind.SERVER,
        startTime,
        links,
        attributes: {
          'http.request.method': method,
          'http.route': routeOptions.url ?? '',
          'readside.request_id': id,
        },
      },
      contextOf(typeof traceparent === 'string' && trusted(request) ? traceparent : undefined),
    );
    return begun;
  };
  return {
    span,
    now: () => startTime + performance.now() - arrivedAt,
    begin(name, kind) {
      const parent = span();
      return tracer.startSpan(name, { kind }, trace.setSpan(contextOf(undefined), parent));
    },
    shows({ traceparent, savedAt }) {
      if (startTime - savedAt > NEWS_MS || !isFirst(traceparent)) return;
      const context = trace.getSpanContext(contextOf(traceparent));
      if (context) links.push({ context, attributes: { 'readside.shows': 'first' } });
    },
  };
}
