/** Events of one projection's documents: the route, and what it needs beside it while the application runs. */
import type { Collection } from 'mongodb';
import type { HttpApp } from '../../shared/http-app.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { FollowedCache } from '../cache/followed-cache.ts';
import type { AsOf } from '../freshness/as-of.ts';
import type { Answer } from '../http/answer.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';
import type { Reader } from '../readers/reader.ts';
import { createHeld } from '../strategies/held.ts';
import type { EventMetrics } from './event-metrics.ts';
import { addEventRoute } from './event-route.ts';
import { createLoadMarks } from './load-marks.ts';
import type { OpenStreams } from './open-streams.ts';
import { createWatchedDocuments } from './watched-documents.ts';

export interface ServedEvents {
  readonly projection: Projection;
  readonly collection: Collection<StoredDocument>;
  readonly read: MajorityRead;
  readonly cached: Reader;
  readonly following: FollowedCache;
  readonly asOf: AsOf;
  readonly answer: Answer;
  readonly streams: OpenStreams;
  readonly metrics: EventMetrics;
  readonly logger: Logger;
}

/** How soon a change is told where no change stream tells it. */
const POLL_MS = 100;

export function serveEvents(app: HttpApp, served: ServedEvents): void {
  const { projection, collection, read, cached, following, asOf, answer, streams, metrics, logger } = served;
  const held = createHeld(cached, following.cache, asOf);
  const watched = createWatchedDocuments({
    // As any eventual read.
    async look(id) {
      const standing = held.eventual();
      return { found: await standing.reader.byId(id), asOf: standing.asOf };
    },
    marks: createLoadMarks(collection, read),
    pollMs: POLL_MS,
    logger,
  });
  following.hear(watched.news);
  app.addHook('preClose', () => watched.stop());
  const counted = metrics.of(projection.name, watched.listeners);
  addEventRoute(app, { projection, watched, streams, answer, metrics: counted });
}
