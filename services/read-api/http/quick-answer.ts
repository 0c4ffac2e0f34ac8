/**
 * Answers an eventual read of a document at hand before Fastify does anything for it. What it says is what `answer.ts` says; it only leaves
 * out what cannot matter: an id that is kept needs no validation, and the strategy of a request without query and token is known.
 */
import type { onRequestHookHandler } from 'fastify';
import type { ReadCache } from '../cache/read-cache.ts';
import type { AsOf } from '../freshness/as-of.ts';
import type { ReadMetrics } from '../metrics.ts';
import { CACHE_CONTROL, JSON_TYPE, VARY } from './answer.ts';
import { isHeldBy } from './etag.ts';
import { freshnessHeader } from './freshness-header.ts';

export function createQuickAnswer(
  cache: Pick<ReadCache, 'get' | 'provenUntil'>,
  asOf: AsOf,
  metrics: Pick<ReadMetrics, 'answered'>,
): onRequestHookHandler {
  return (request, reply, done) => {
    const { method, headers, url = '' } = request.raw;
    const isPlain = method === 'GET' && headers['consistency-token'] === undefined && !url.includes('?');
    const found = isPlain ? cache.get((request.params as { readonly id: string }).id) : null;
    if (!found) return done();
    if (found.trace !== undefined) request.trace?.shows(found.trace);
    const standing = { strategy: 'eventual', stale: null, asOf: asOf(cache.provenUntil()) } as const;
    const told = [
      'freshness',
      freshnessHeader(standing, found.told),
      'cache-control',
      CACHE_CONTROL,
      'vary',
      VARY,
      'etag',
      found.etag,
    ];
    const isHeld = isHeldBy(headers['if-none-match'], found.etag);
    metrics.answered('eventual', isHeld ? 'not_modified' : 'found', null);
    reply.hijack();
    if (isHeld) {
      reply.raw.writeHead(304, told);
      reply.raw.end();
      return;
    }
    told.push(
      'x-content-type-options',
      'nosniff',
      'content-type',
      JSON_TYPE,
      'content-length',
      String(found.bytes),
    );
    reply.raw.writeHead(200, told);
    // The same bytes where each character is one: Node copies them then, and encodes nothing.
    reply.raw.end(found.body, found.bytes === found.body.length ? 'latin1' : 'utf8');
  };
}
