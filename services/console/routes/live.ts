/** What a page watches: the looks at the system as they come, and those of the last minutes. */
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { ProblemError } from '../../shared/problem.ts';
import type { History } from '../live/history.ts';
import type { Hub } from '../live/hub.ts';

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
        response: { 200: { type: 'string', description: 'text/event-stream' } },
      },
      config: { ...ADMIN_ONLY, problems: [tooManyWatchers()] },
    },
    ({ principal }, reply) => {
      const stream = hub.open(principal?.expiresAt ?? Infinity);
      if (!stream) throw tooManyWatchers();
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
