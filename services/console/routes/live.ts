/** What a page watches: the looks at the system as they come, and those of the last minutes. */
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { ProblemError } from '../../shared/problem.ts';
import type { History } from '../live/history.ts';
import type { Hub } from '../live/hub.ts';

const EVENTS =
  'event: status\ndata: {"at":"2026-11-27T02:12:04.186Z","state":"up-to-date","headline":"up to date"}\n\n';
const HISTORY = {
  at: ['2026-11-27T02:12:03.000Z'],
  projections: {
    profile: { p50Ms: [48], p99Ms: [180], appliedPerSecond: [171], lagSeconds: [0], lagEvents: [0] },
  },
  streams: { profile: { writtenPerSecond: [175], retainedBytes: [6700000] } },
};

export function addLiveRoutes(app: HttpApp, hub: Hub, history: History): void {
  app.get<{ Reply: unknown }>(
    '/api/events',
    {
      schema: {
        tags: ['live'],
        operationId: 'watchEvents',
        summary: 'Server-sent events: status, jobs, and gone while nothing can be looked at',
        description:
          '`status` is what `readside status --json` prints, about each second; `jobs` the latest acts, when one of them changes; `gone` ' +
          'says `why` the look has ended, until there is one again. The latest of each comes first. Whoever reads slowly is sent the latest alone.',
        response: {
          200: {
            description: 'events as they come',
            content: { 'text/event-stream': { schema: { type: 'string', examples: [EVENTS] } } },
          },
        },
      },
      config: { ...ADMIN_ONLY, problems: [tooManyWatchers()] },
    },
    ({ principal }, reply) => {
      const stream = hub.open(reply.raw, principal?.expiresAt ?? Infinity);
      if (!stream) throw tooManyWatchers();
      // Gone before there was anything to tell it.
      if (reply.raw.destroyed) stream.destroy();
      return reply
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .type('text/event-stream')
        .send(stream);
    },
  );
  app.get<{ Reply: unknown }>(
    '/api/history',
    {
      schema: {
        tags: ['live'],
        operationId: 'getHistory',
        summary: 'The last 15 minutes, thinned for graphs',
        response: {
          200: {
            type: 'object',
            additionalProperties: true,
            description: 'by columns, each as long as `at`',
            examples: [HISTORY],
          },
        },
      },
      config: ADMIN_ONLY,
    },
    (_request, reply) => reply.header('cache-control', 'no-store').send(history.report()),
  );
}

function tooManyWatchers(): ProblemError {
  return new ProblemError(503, 'too-many-watchers', 'As many watch as may', {
    headers: { 'retry-after': '15', 'cache-control': 'no-store' },
  });
}
