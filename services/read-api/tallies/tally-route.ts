/** The one route of a projection that counts: the counts. Its documents are how they are kept, and nobody is to read them one by one. */
import type { FastifySchema } from 'fastify';
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { fieldAt } from '../../shared/projection/definition.ts';
import type {
  GroupTally,
  ProjectionDefinition,
  TallyDefinition,
} from '../../shared/projection/definition.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import { tellTally } from '../../shared/projection/tallies.ts';
import type { Answer } from '../http/answer.ts';
import { freshnessOf } from '../http/freshness-request.ts';
import type { ReadHeaders } from '../http/freshness-request.ts';
import { serializerCompiler } from '../http/json-text.ts';
import { exampleOf } from '../http/example.ts';
import { REQUEST_HEADERS } from '../http/header-schemas.ts';
import { operationId } from '../http/operation-id.ts';
import { READ_PROBLEMS } from '../http/read-problems.ts';
import { foundResponses, objectOf } from '../http/route-schemas.ts';
import type { ChooseStrategy } from '../strategies/choose-strategy.ts';
import { tallyJson } from './tally-json.ts';
import type { TallyReader } from './tally-reader.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

interface TallyRequest {
  readonly Querystring: { readonly limit: number };
  readonly Headers: ReadHeaders;
}

export function addTallyRoute(
  app: HttpApp,
  projection: Projection,
  choose: ChooseStrategy,
  answer: Answer,
  read: TallyReader,
): void {
  const { resource, definition } = projection;
  app.get<TallyRequest>(
    `/${resource}`,
    { schema: schemaOf(projection), serializerCompiler, config: { ...ADMIN_ONLY, problems: READ_PROBLEMS } },
    async ({ query, headers }, reply) => {
      const standing = await choose(freshnessOf(headers, reply.raw));
      const { counts, degraded } = await read();
      const body = tallyJson(definition, counts, query.limit);
      return answer.list(reply, headers['if-none-match'], standing, body, null, degraded);
    },
  );
}

function schemaOf({ name, resource, definition }: Projection): FastifySchema {
  const { tallies = {} } = definition;
  const served = Object.fromEntries(
    Object.entries(tallies).map(([tallied, tally]) => [tallied, servedSchema(definition, tally)]),
  );
  const schema = objectOf(served, Object.keys(served));
  return {
    tags: [resource],
    operationId: operationId('get', name),
    summary: 'How many documents there are, by what they hold',
    description:
      'The most frequent first, of days the latest. `more`: how many values, or keys, `limit` leaves out. Where `value` is missing, all values ' +
      'that are too long to be told are counted together. `share`: of those that are counted in the group. `sums`: what the documents of a ' +
      'group add up to, exact; groups by time come latest first.',
    headers: objectOf(REQUEST_HEADERS, [], true),
    querystring: objectOf({
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: MAX_LIMIT,
        default: DEFAULT_LIMIT,
        description: 'values of a group, and keys of a map',
        examples: [10],
      },
    }),
    response: foundResponses(schema, exampleOf(schema)),
  };
}

const COUNT = { type: 'integer' };
const SHARE = { type: 'number', minimum: 0, maximum: 1 };

function servedSchema(definition: ProjectionDefinition, tally: TallyDefinition): object {
  const description = tellTally(tally);
  switch (tally.kind) {
    case 'every':
      return { ...COUNT, description };
    case 'value': {
      const isPart = !tally.path.includes('.');
      return { ...groupSchema(fieldAt(definition, tally.path)?.schema ?? {}, isPart), description };
    }
    case 'day':
      return { ...groupSchema({ type: ['string', 'null'], format: 'date' }, true), description };
    case 'entry': {
      const embed = definition.embed?.[tally.map];
      const values = groupSchema(embed?.kind === 'map' ? embed.value.schema : {}, true, {
        key: { type: 'string' },
        count: COUNT,
      });
      return {
        ...objectOf({ keys: { type: 'array', items: values }, more: COUNT }, ['keys', 'more']),
        description,
      };
    }
    case 'group':
      return { ...groupedSchema(definition, tally), description };
  }
}

function groupedSchema(definition: ProjectionDefinition, { by, sum }: GroupTally): object {
  const keys = Object.entries(by).map(([name, { field, span }]): readonly [string, object] => [
    name,
    span === null ? (fieldAt(definition, field)?.schema ?? {}) : { type: ['string', 'null'] },
  ]);
  const sums = Object.fromEntries(sum.map((field) => [field, COUNT]));
  const properties = {
    ...Object.fromEntries(keys),
    count: COUNT,
    ...(sum.length === 0 ? {} : { sums: objectOf(sums, sum) }),
  };
  const one = objectOf(properties, sum.length === 0 ? ['count'] : ['count', 'sums']);
  if (keys.length === 0) return one;
  return objectOf({ groups: { type: 'array', items: one }, more: COUNT }, ['groups', 'more']);
}

function groupSchema(value: object, isPart: boolean, more: Readonly<Record<string, object>> = {}) {
  const shared = isPart ? { share: SHARE } : {};
  const item = objectOf({ value, count: COUNT, ...shared }, ['count', ...Object.keys(shared)]);
  const properties = { ...more, values: { type: 'array', items: item }, more: COUNT };
  return objectOf(properties, Object.keys(properties));
}
