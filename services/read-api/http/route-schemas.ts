/** What each route takes and answers: validation and OpenAPI, both from the projection. */
import type { FastifySchema } from 'fastify';
import { PROBLEM_MEDIA_TYPE } from '../../shared/problem.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import { exampleOf } from './example.ts';
import { keyType } from './parameter-type.ts';
import type { ParameterType } from './parameter-type.ts';
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY_LENGTH } from './query.ts';
import { REQUEST_HEADERS, RESPONSE_HEADERS } from './header-schemas.ts';

type Schema = Readonly<Record<string, unknown>>;

export interface RouteSchemas {
  readonly byId: FastifySchema;
  readonly version: FastifySchema;
  readonly collection: FastifySchema;
}

export function routeSchemas(
  projection: Projection,
  parameters: ReadonlyMap<string, ParameterType>,
  hasPast: boolean,
): RouteSchemas {
  const { name, resource, definition } = projection;
  const { root } = definition;
  const key = keyType(root.fields[root.key], root.key);
  const params = objectOf({ id: { ...key.schema, description: `the id of the ${name}` } }, ['id']);
  const consistency = { consistency: CONSISTENCY };
  const document = { $ref: `${name}#` };
  const example = exampleOf(projection.responseSchema);
  const version = objectOf({ id: root.fields[root.key]?.schema, version: { type: 'integer' } }, [
    'id',
    'version',
  ]);
  const list = objectOf(
    { items: { type: 'array', items: document }, ...(projection.sorts.length > 0 && COUNTS) },
    ['items'],
  );
  const common = { tags: [resource], headers: objectOf(REQUEST_HEADERS, [], true) };
  return {
    byId: {
      ...common,
      summary: `One ${name} by its id`,
      params,
      querystring: objectOf(hasPast ? { ...consistency, at: AT } : consistency),
      response: { ...foundResponses(document, example), ...PROBLEMS, ...(hasPast ? NOT_KEPT : {}) },
    },
    version: {
      ...common,
      summary: `How far a ${name} is, for polling`,
      params,
      querystring: objectOf(consistency),
      response: { ...foundResponses(version, exampleOf(version)), ...PROBLEMS },
    },
    collection: {
      ...common,
      summary: `One ${name} by a unique field, or many in pages`,
      description: collectionDescription(projection),
      querystring: objectOf({
        ...ownParameters(projection, parameters),
        ...searchParameters(projection),
        ...PAGE_PARAMETERS,
        ...consistency,
      }),
      response: { ...foundResponses({ oneOf: [document, list] }, { items: [example] }), ...PROBLEMS },
    },
  };
}

const CONSISTENCY = {
  type: 'string',
  enum: ['eventual', 'source'],
  default: 'eventual',
  description:
    'source: computed from the tables at the time of the read, by the same definition. It is exact, costs the write ' +
    'database a query, and gives no lists.',
};
export const PAGE_PARAMETERS = {
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    description: `items in a page; ${DEFAULT_LIMIT} when not given`,
  },
  cursor: {
    type: 'string',
    minLength: 1,
    description: 'from the Link rel="next" of the page before; of the same filters',
  },
};

export const AT = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description:
    'A time (RFC 3339; a + is written %2B) or a version: the document as it was after the last transaction committed by then, or ' +
    'after the one that gave it this version. Goes neither with consistency=source nor with a Consistency-Token. 410 where the ' +
    'history does not go back so far. `degraded` in Freshness: the document was not as in the source until it was made anew.',
  examples: ['2026-11-23T18:00:00.123456Z', '7'],
};

function ownParameters(
  { lookups, filters }: Projection,
  types: ReadonlyMap<string, ParameterType>,
): Record<string, unknown> {
  const described = [
    ...lookups.map(({ parameter, foldedKey }) => [
      parameter,
      `finds at most one${foldedKey === null ? '' : ', whatever its case'}; not combined with others`,
    ]),
    ...filters.map(({ parameter, kind, list, field, folds }) => [
      parameter,
      [
        kind === 'entries' ? `selects by one of ${field}, as \`key:value\`` : `selects by ${field}`,
        ...(folds ? ['whatever its case and accents'] : []),
        ...(list === null ? [] : [`all of ${list} must hold for one element`]),
      ].join('; '),
    ]),
  ] as const;
  return Object.fromEntries(
    described.map(([name = '', description]) => [name, { ...types.get(name)?.schema, description }]),
  );
}

function searchParameters({ sorts, definition: { search } }: Projection): Schema {
  if (!search) return {};
  const orders = sorts.flatMap(({ name }) => [name, `-${name}`]);
  return {
    q: {
      type: 'string',
      maxLength: MAX_QUERY_LENGTH,
      description: `selects where each word begins one of ${search.text.join(', ')}, whatever case and accents`,
    },
    sort: {
      type: 'string',
      enum: orders,
      description: `- is the other way round; ${orders[0]} when not given`,
    },
    facets: {
      type: 'boolean',
      default: true,
      description:
        'whether the first page tells how many documents are selected, and how many have which value',
    },
  };
}

const COUNTS = {
  total: { type: 'integer', description: 'documents selected; on the first page' },
  partial: {
    type: 'boolean',
    description: 'there are more than total, and only so many were counted',
  },
  facets: {
    type: 'object',
    description: 'by facet: how many of them have which value, those with most first',
    additionalProperties: { type: 'object', additionalProperties: true },
  },
};

function collectionDescription({ lookups, sorts }: Projection): string {
  const names = lookups.map(({ parameter }) => `\`${parameter}\``).join(' or ');
  return [
    ...(names === '' ? [] : [`With ${names}: the one document that has it, or 404.`]),
    `${names === '' ? 'A' : 'Otherwise a'} page of all documents that fit, in the order of ` +
      `${sorts.length > 0 ? '`sort`, then of ' : ''}their ids, as \`items\`; \`Link\` names the next page while there is one.`,
    sorts.length > 0
      ? 'A document that lives through all pages and keeps its place is in exactly one of them.'
      : 'A document that lives through all pages is in exactly one of them.',
  ].join(' ');
}

export function foundResponses(schema: Schema, example: unknown): Record<number, unknown> {
  return {
    200: {
      description: 'found',
      headers: RESPONSE_HEADERS,
      content: { 'application/json': { schema, example } },
    },
    304: {
      type: 'null',
      description: 'If-None-Match names what would be answered',
      headers: RESPONSE_HEADERS,
    },
  };
}

function problem(description: string, headers: Schema = {}): Schema {
  return { description, headers, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: 'Problem#' } } } };
}

const { ETag: _ETag, Link: _Link, ...NOT_FOUND_HEADERS } = RESPONSE_HEADERS;
export const PROBLEMS = {
  400: problem('a parameter, cursor or token that cannot be read, or an unknown one'),
  404: problem(
    'there is none; with a token, Freshness says whether there may be one soon',
    NOT_FOUND_HEADERS,
  ),
  503: problem('the documents, or the source that was asked for, cannot be reached', {
    'Retry-After': { type: 'integer', description: 'seconds' },
  }),
};

export const NOT_KEPT = { 410: problem('the history does not go back so far') };

export function objectOf(
  properties: Schema,
  required: readonly string[] = [],
  additionalProperties = false,
): Schema {
  return { type: 'object', properties, required: [...required], additionalProperties };
}
