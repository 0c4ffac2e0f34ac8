/** What each route takes, answers and refuses: validation and OpenAPI, both from the projection. */
import type { FastifySchema } from 'fastify';
import type { ProblemError } from '../../shared/problem.ts';
import { fieldAt } from '../../shared/projection/definition.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import { exampleOf } from './example.ts';
import { keyType } from './parameter-type.ts';
import type { ParameterType } from './parameter-type.ts';
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY_LENGTH } from './query.ts';
import { REQUEST_HEADERS, RESPONSE_HEADERS } from './header-schemas.ts';
import { operationId } from './operation-id.ts';
import { LIST_PROBLEMS, PAST_PROBLEMS, READ_PROBLEMS, SOURCE_PROBLEMS, noneFound } from './read-problems.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What a route takes and answers, and what it refuses. */
export interface Told {
  readonly schema: FastifySchema;
  readonly problems: readonly ProblemError[];
}

export interface RouteSchemas {
  readonly byId: Told;
  readonly version: Told;
  readonly collection: Told;
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
  const counts = projection.sorts.length > 0 ? COUNTS : {};
  const list = objectOf({ items: { type: 'array', items: document }, ...counts }, ['items']);
  const counted = Object.fromEntries(Object.entries(counts).map(([count, each]) => [count, exampleOf(each)]));
  const common = { tags: [resource], headers: objectOf(REQUEST_HEADERS, [], true) };
  const ofOne = [...READ_PROBLEMS, ...SOURCE_PROBLEMS, noneFound(name)];
  return {
    byId: {
      schema: {
        ...common,
        operationId: operationId('get', name),
        summary: `One ${name} by its id`,
        params,
        querystring: objectOf(hasPast ? { ...consistency, at: AT } : consistency),
        response: foundResponses(document, example),
      },
      problems: hasPast ? [...ofOne, ...PAST_PROBLEMS] : ofOne,
    },
    version: {
      schema: {
        ...common,
        operationId: operationId('get', name, 'version'),
        summary: `How far a ${name} is, for polling`,
        params,
        querystring: objectOf(consistency),
        response: foundResponses(version, exampleOf(version)),
      },
      problems: ofOne,
    },
    collection: {
      schema: {
        ...common,
        operationId: operationId('list', resource),
        summary: collectionSummary(projection),
        description: collectionDescription(projection),
        querystring: objectOf({
          ...ownParameters(projection, parameters),
          ...searchParameters(projection),
          ...PAGE_PARAMETERS,
          ...consistency,
        }),
        response: foundResponses(projection.lookups.length === 0 ? list : { oneOf: [document, list] }, {
          items: [example],
          ...counted,
        }),
      },
      problems: [
        ...READ_PROBLEMS,
        ...SOURCE_PROBLEMS,
        ...LIST_PROBLEMS,
        ...(projection.lookups.length === 0 ? [] : [noneFound(name)]),
      ],
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
  examples: ['eventual'],
};
export const PAGE_PARAMETERS = {
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    description: `items in a page; ${DEFAULT_LIMIT} when not given`,
    examples: [DEFAULT_LIMIT],
  },
  cursor: {
    type: 'string',
    minLength: 1,
    description: 'from the Link rel="next" of the page before; of the same filters',
    examples: ['WzIsIlExN0RvWDBYM0pNIiwiMDE5MzZkNWUtN2MxYS03YTMwLTlmNTUtMGExYjJjM2Q0ZTVmIixudWxsXQ'],
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
    ...filters.map(({ parameter, kind, list, field, span, folds }) => [
      parameter,
      [
        kind === 'entries'
          ? `selects by one of ${field}, as \`key:value\``
          : `selects by ${span === null ? field : `the ${span} of ${field}, in UTC`}`,
        ...(folds ? ['whatever its case and accents'] : []),
        ...(list === null ? [] : [`all of ${list} must hold for one element`]),
      ].join('; '),
    ]),
  ] as const;
  return Object.fromEntries(
    described.map(([name = '', description]) => [name, { ...types.get(name)?.schema, description }]),
  );
}

function searchParameters({ sorts, definition }: Projection): Schema {
  const { search } = definition;
  if (!search) return {};
  const [first] = search.text;
  const orders = sorts.flatMap(({ name }) => [name, `-${name}`]);
  return {
    ...(first !== undefined && {
      q: {
        type: 'string',
        maxLength: MAX_QUERY_LENGTH,
        description: `selects where each word begins one of ${search.text.join(', ')}, whatever case and accents`,
        examples: [String(exampleOf(fieldAt(definition, first)?.schema)).toLowerCase()],
      },
    }),
    sort: {
      type: 'string',
      enum: orders,
      description: `- is the other way round; ${orders[0]} when not given`,
      examples: [orders.at(-1)],
    },
    facets: {
      type: 'boolean',
      default: true,
      description:
        'whether the first page tells how many documents are selected, and how many have which value',
      examples: [false],
    },
  };
}

const COUNTS = {
  total: { type: 'integer', description: 'documents selected; on the first page' },
  partial: {
    type: 'boolean',
    description: 'there are more than total, and only so many were counted',
    examples: [false],
  },
  facets: {
    type: 'object',
    description: 'by facet: how many of them have which value, those with most first',
    additionalProperties: { type: 'object', additionalProperties: true },
    examples: [{ status: { active: 6, closed: 1 } }],
  },
};

function collectionSummary({ name, lookups }: Projection): string {
  return lookups.length === 0
    ? `Many of ${name}, in pages`
    : `One ${name} by a unique field, or many in pages`;
}

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

export function objectOf(
  properties: Schema,
  required: readonly string[] = [],
  additionalProperties = false,
): Schema {
  return { type: 'object', properties, required: [...required], additionalProperties };
}
