/** `GET /<resource>/{id}/events`: the document as it is now, and again whenever it changes, until somebody ends it. */
import { ownOnly } from '../../shared/auth/access.ts';
import { SCOPES } from '../../shared/auth/principal.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { createLatestStream } from '../../shared/latest-stream.ts';
import type { LatestStream } from '../../shared/latest-stream.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { Answer } from '../http/answer.ts';
import { serializerCompiler } from '../http/json-text.ts';
import { keyType } from '../http/parameter-type.ts';
import type { EventMetricsOf } from './event-metrics.ts';
import { eventSchemas } from './event-schemas.ts';
import { EVENTS_TYPE, eventText, retryText } from './event-text.ts';
import { stopping } from './open-streams.ts';
import type { OpenStreams } from './open-streams.ts';
import type { Seen, WatchedDocuments } from './watched-documents.ts';

export interface EventRouteMeans {
  readonly projection: Projection;
  readonly watched: WatchedDocuments;
  readonly streams: OpenStreams;
  readonly answer: Answer;
  readonly metrics: EventMetricsOf;
}

const HEARTBEAT_MS = 15_000;
/** Not all at once, after a restart. */
const RETRY_MS = { least: 1000, more: 1000 };
/** Of a document there is one kind of event: how it is now. */
const DOCUMENT = 'document';
const HEADERS = {
  'content-type': EVENTS_TYPE,
  'cache-control': 'no-store',
  // To proxies like nginx: an event is passed on when it comes.
  'x-accel-buffering': 'no',
  // Nothing else comes over it, and a stop need not wait for it.
  connection: 'close',
};

export function addEventRoute(app: HttpApp, means: EventRouteMeans): void {
  const { projection, watched, streams, answer, metrics } = means;
  const { root } = projection.definition;
  const key = keyType(root.fields[root.key], root.key);
  const { schema, problems } = eventSchemas(projection, key);
  app.get<{ Params: { readonly id: string } }>(
    `/${projection.resource}/:id/events`,
    {
      schema,
      serializerCompiler,
      config: { ...ownOnly(SCOPES.read), problems, goesOn: true },
      // A HEAD would never be answered.
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const leaving: Array<() => void> = [];
      const leave = (): void => {
        for (const each of leaving.splice(0)) each();
      };
      const stream = createLatestStream({
        response: reply.raw,
        heartbeatMs: HEARTBEAT_MS,
        until: request.principal?.expiresAt ?? Infinity,
        onClose: leave,
      });
      try {
        const first = await new Promise<Seen>((resolve, reject) => {
          const end = (): void => {
            reject(stopping());
            stream.end();
          };
          leaving.push(streams.enter(request.principal, end));
          let isFirst = true;
          const listener = {
            next(seen: Seen) {
              if (isFirst) resolve(seen);
              isFirst = false;
              tell(stream, seen);
            },
            failed: reject,
          };
          leaving.push(watched.listen(String(key.normalise(request.params.id)), listener));
        });
        if (!first.found) {
          const standing = {
            strategy: 'eventual',
            stale: null,
            waitApplied: null,
            asOf: first.asOf,
          } as const;
          return answer.refuse(standing, 404, `no-such-${projection.name}`, `No such ${projection.name}`);
        }
      } catch (error) {
        stream.body.destroy();
        throw error;
      }
      // Gone before there was anything to tell him.
      if (reply.raw.destroyed) stream.body.destroy();
      return reply.headers(HEADERS).send(stream.body);
    },
  );

  function tell(stream: LatestStream, seen: Seen): void {
    metrics.told(seen.found === null);
    stream.send(DOCUMENT, `${retryText(RETRY_MS.least + Math.random() * RETRY_MS.more)}${eventText(seen)}`);
  }
}
