/** The last step of a read: what was found, with its validators and its freshness, on each status alike. */
import { ProblemError } from '../../shared/problem.ts';
import type { ReadMetrics } from '../metrics.ts';
import type { Found } from '../readers/found.ts';
import type { Standing } from '../strategies/standing.ts';
import { etagOf, isHeldBy } from './etag.ts';
import { DEGRADED, freshnessHeader } from './freshness-header.ts';

/** Documents are personal, and each use of a kept one is to be asked for first. */
export const CACHE_CONTROL = 'private, no-cache';
export const VARY = 'Authorization, Consistency-Token, Prefer';
export const JSON_TYPE = 'application/json; charset=utf-8';

/** The part of Fastify's reply that this needs, whatever the route's types. */
export interface Reply {
  code(status: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body?: string): Reply;
}

/** What an answer says of itself, whatever it was read from. */
type Stand = Omit<Standing, 'reader'>;

export interface Answer {
  /** @throws ProblemError 404 when nothing was found; it carries the freshness too. */
  document(reply: Reply, ifNoneMatch: string | undefined, standing: Standing, found: Found | null): Reply;
  /** `links`: the value of the Link header, where there is one. */
  list(
    reply: Reply,
    ifNoneMatch: string | undefined,
    standing: Standing,
    body: string,
    links: string | null,
    degraded: boolean,
  ): Reply;
  /** @throws ProblemError of this status, which carries the freshness. */
  refuse(standing: Stand, status: number, slug: string, title: string, detail?: string): never;
}

export function createAnswer(projectionName: string, metrics: ReadMetrics): Answer {
  function send(
    reply: Reply,
    ifNoneMatch: string | undefined,
    standing: Standing,
    body: string,
    headers: Record<string, string> & { readonly etag: string },
  ): Reply {
    const isHeld = isHeldBy(ifNoneMatch, headers.etag);
    metrics.answered(standing.strategy, isHeld ? 'not_modified' : 'found', standing.stale);
    reply.headers(headers);
    if (isHeld) return reply.code(304).send();
    // Text with its type given: Fastify sends it as it is.
    return reply.headers({ 'content-type': JSON_TYPE }).send(body);
  }

  function refuse(standing: Stand, status: number, slug: string, title: string, detail?: string): never {
    metrics.answered(standing.strategy, 'not_found', standing.stale);
    const headers = headersOf(standing, '');
    throw new ProblemError(status, slug, title, { headers, ...(detail === undefined ? {} : { detail }) });
  }

  return {
    refuse,
    document(reply, ifNoneMatch, standing, found) {
      if (!found) return refuse(standing, 404, `no-such-${projectionName}`, `No such ${projectionName}`);
      const headers = headersOf(standing, found.told);
      return send(reply, ifNoneMatch, standing, found.body, { ...headers, etag: found.etag });
    },
    list(reply, ifNoneMatch, standing, body, links, degraded) {
      const headers = {
        ...headersOf(standing, degraded ? DEGRADED : ''),
        ...(links === null ? {} : { link: links }),
      };
      return send(reply, ifNoneMatch, standing, body, { ...headers, etag: etagOf(body, null, degraded) });
    },
  };
}

function headersOf(standing: Stand, told: string): Record<string, string> {
  return {
    freshness: freshnessHeader(standing, told),
    'cache-control': CACHE_CONTROL,
    vary: VARY,
    ...(standing.waitApplied === null ? {} : { 'preference-applied': `wait=${standing.waitApplied}` }),
  };
}
