/** What the routes of a history take and answer. */
import type { Projection } from '../../shared/projection/projection.ts';
import { exampleOf } from '../http/example.ts';
import { REQUEST_HEADERS } from '../http/header-schemas.ts';
import type { ParameterType } from '../http/parameter-type.ts';
import { operationId } from '../http/operation-id.ts';
import { CURSOR_PROBLEMS, PAST_PROBLEMS, READ_PROBLEMS, noneFound } from '../http/read-problems.ts';
import { AT, PAGE_PARAMETERS, foundResponses, objectOf } from '../http/route-schemas.ts';
import type { Told } from '../http/route-schemas.ts';

const TEXT_OR_NULL = { type: ['string', 'null'] };
const TIME = { type: 'string', format: 'date-time' };

const CHANGE = objectOf(
  {
    path: {
      type: 'string',
      description:
        'names joined by /, elements of a list and entries of a map by their keys; ~1 in a name is a slash, ~0 a tilde',
      examples: ['name'],
    },
    before: { description: 'left out: there was nothing' },
    after: { description: 'left out: there is nothing any more' },
  },
  ['path'],
);

const ENTRY = objectOf(
  {
    number: { type: 'integer', description: 'from 1 on, which is the document’s first' },
    kind: {
      type: 'string',
      enum: ['created', 'changed', 'found', 'rebuilt', 'repaired'],
      description:
        'created, changed: by a transaction. The others tell since when it is known to be so: found by a snapshot, or when the ' +
        'stream first told of it; rebuilt and repaired from the source. Without changes it is where the history begins.',
    },
    at: { ...TIME, description: 'commit time' },
    by: {
      ...TEXT_OR_NULL,
      description:
        'what the writer calls itself: a name of an application or of whom it wrote for; null: not known',
    },
    transaction: { type: ['integer', 'null'], description: 'Postgres’ id of it' },
    lsn: TEXT_OR_NULL,
    position: { ...TEXT_OR_NULL, description: 'partition:offset of its last change in the stream' },
    changes: { type: 'array', items: CHANGE },
  },
  ['number', 'kind', 'at', 'by', 'transaction', 'lsn', 'position', 'changes'],
);

const PAGE = objectOf(
  {
    items: { type: 'array', items: ENTRY },
    since: { ...TIME, type: ['string', 'null'], description: 'from when on the history is whole' },
    fromCreation: { type: 'boolean', description: 'whether that is when the document was created' },
  },
  ['items', 'since', 'fromCreation'],
);

const EXAMPLE = {
  items: [
    {
      number: 7,
      kind: 'changed',
      at: '2026-11-23T18:00:00.123456Z',
      by: 'readside-write-api',
      transaction: 812,
      lsn: '0/16B3748',
      position: '3:1042',
      changes: [{ path: 'name', before: 'old', after: 'new' }],
    },
  ],
  since: '2026-11-01T08:00:00.000000Z',
  fromCreation: true,
};

const { 'consistency-token': _token, prefer: _prefer, ...PAST_HEADERS } = REQUEST_HEADERS;

export function historySchemas(
  { name, definition, responseSchema }: Projection,
  key: ParameterType,
): Readonly<Record<'pages' | 'past', Told>> {
  const of = definition.history?.of ?? '';
  const params = objectOf({ id: { ...key.schema, description: 'the id of the document' } }, ['id']);
  const problems = [...READ_PROBLEMS, noneFound(name)];
  return {
    pages: {
      schema: {
        tags: [of],
        operationId: operationId('get', 'history', 'of', of),
        summary: 'What was changed, when and by whom, newest first',
        params,
        headers: objectOf(REQUEST_HEADERS, [], true),
        querystring: objectOf(PAGE_PARAMETERS),
        response: foundResponses(PAGE, EXAMPLE),
      },
      problems: [...problems, ...CURSOR_PROBLEMS],
    },
    past: {
      schema: {
        tags: [of],
        operationId: operationId('get', 'past', 'of', of),
        summary: 'A document as it was',
        params,
        headers: objectOf(PAST_HEADERS, [], true),
        querystring: objectOf({ at: AT }, ['at']),
        response: foundResponses({ $ref: `${name}#` }, exampleOf(responseSchema)),
      },
      problems: [...problems, ...PAST_PROBLEMS],
    },
  };
}
