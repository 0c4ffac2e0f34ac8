/** What the route of events takes and answers, as OpenAPI tells it. */
import type { Projection } from '../../shared/projection/projection.ts';
import { exampleOf } from '../http/example.ts';
import { operationId } from '../http/operation-id.ts';
import type { ParameterType } from '../http/parameter-type.ts';
import { noneFound } from '../http/read-problems.ts';
import { objectOf } from '../http/route-schemas.ts';
import type { Told } from '../http/route-schemas.ts';
import { unreachable } from '../http/unavailable.ts';
import { EVENTS_TYPE } from './event-text.ts';
import { stopping, tooManyOfSubject, tooManyStreams } from './open-streams.ts';

const FRESHNESS =
  'strategy=eventual, version=7, position="3:1042", lsn="0/16B3748", changed-at="2026-11-23T18:00:00.123456Z", ' +
  'applied-at="2026-11-23T18:00:00.140Z", as-of="2026-11-23T18:00:00.900Z"';

export function eventSchemas(projection: Projection, key: ParameterType): Told {
  const { name, resource } = projection;
  const data = { freshness: FRESHNESS, document: exampleOf(projection.responseSchema) };
  return {
    schema: {
      tags: [resource],
      operationId: operationId('listenTo', name),
      summary: `A ${name} as it is now, and again whenever it changes`,
      description:
        'Server-sent events. `document` comes first, at once, with what there is now, and then after each change; its data are ' +
        '`{"freshness":…,"document":…}`: what `Freshness` and the body of a read would be, and its id is the ETag without its quotes. ' +
        '`gone` says that there is no such document any more. Who reads slowly is told the latest only, and no event is older than ' +
        'one before it. A comment every 15 s keeps the connection. The stream ends with the token, and when the service stops: ' +
        'whoever comes again is told first what there is then.',
      params: objectOf({ id: { ...key.schema, description: `the id of the ${name}` } }, ['id']),
      response: {
        200: {
          description: 'found; the events go on',
          content: {
            [EVENTS_TYPE]: {
              schema: { type: 'string' },
              example: `retry: 1500\nevent: document\nid: 7-bfb43d7e773372dd\ndata: ${JSON.stringify(data)}\n\n`,
            },
          },
        },
      },
    },
    problems: [noneFound(name), unreachable('documents'), stopping(), tooManyStreams(), tooManyOfSubject()],
  };
}
