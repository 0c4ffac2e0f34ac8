/** The routes of one projection. Each is one read: route → strategy → lookup → freshness. */
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { ADMIN_ONLY, ownOnly } from '../shared/auth/access.ts';
import { SCOPES } from '../shared/auth/principal.ts';
import type { HttpApp } from '../shared/http-app.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { Answer, Reply } from './http/answer.ts';
import { encodeCursor } from './http/cursor.ts';
import { freshnessOf } from './http/freshness-request.ts';
import type { ReadHeaders } from './http/freshness-request.ts';
import { serializerCompiler } from './http/json-text.ts';
import { keyType } from './http/parameter-type.ts';
import { parameterTypes, readQuery } from './http/query.ts';
import type { RawQuery } from './http/query.ts';
import { routeSchemas } from './http/route-schemas.ts';
import type { AnswerPast } from './history/past.ts';
import type { Found } from './readers/found.ts';
import type { Counts, Page, PageQuery, Reader } from './readers/reader.ts';
import type { ChooseStrategy } from './strategies/choose-strategy.ts';
import type { Standing } from './strategies/standing.ts';

/** A request as its schema lets it through. */
interface ReadRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: RawQuery & { readonly consistency: 'eventual' | 'source'; readonly at?: string };
  readonly Headers: ReadHeaders;
}

/** `past`: what answers `?at=`; null where no history of the documents is served. */
export function addReadRoutes(
  app: HttpApp,
  projection: Projection,
  choose: ChooseStrategy,
  answer: Answer,
  answerQuickly: onRequestHookHandler,
  past: AnswerPast | null,
): void {
  const { resource, definition } = projection;
  const parameters = parameterTypes(projection);
  const schemas = routeSchemas(projection, parameters, past !== null);
  const key = keyType(definition.root.fields[definition.root.key], definition.root.key);
  const idOf = (params: ReadRequest['Params']): string => String(key.normalise(params.id));
  app.addSchema(projection.responseSchema);

  /** Within the same turn, where nothing has to be waited for: then no promise is made. */
  function documentOf(
    request: FastifyRequest<ReadRequest>,
    reply: FastifyReply<ReadRequest>,
    lookUp: (reader: Reader) => Found | Promise<Found | null>,
  ): Reply | Promise<Reply> {
    const standing = choose(freshnessOf(request.headers, reply.raw, request.query.consistency));
    const show = (chosen: Standing, found: Found | null): Reply => {
      if (found?.trace !== undefined) request.trace?.shows(found.trace);
      return answer.document(reply, request.headers['if-none-match'], chosen, found);
    };
    if (standing instanceof Promise)
      return standing.then(async (chosen) => show(chosen, await lookUp(chosen.reader)));
    const found = lookUp(standing.reader);
    if (found instanceof Promise) return found.then((later) => show(standing, later));
    return show(standing, found);
  }

  app.get<ReadRequest>(
    `/${resource}/:id`,
    {
      schema: schemas.byId.schema,
      serializerCompiler,
      onRequest: answerQuickly,
      config: { ...ownOnly(SCOPES.read), problems: schemas.byId.problems },
    },
    (request, reply) => {
      const { at } = request.query;
      if (past === null || at === undefined)
        return documentOf(request, reply, (reader) => reader.byId(idOf(request.params)));
      const { query, params, headers } = request;
      const asked = { id: idOf(params), at, consistency: query.consistency };
      return past(
        { ...asked, token: headers['consistency-token'], ifNoneMatch: headers['if-none-match'] },
        reply,
        answer,
      );
    },
  );

  app.get<ReadRequest>(
    `/${resource}`,
    {
      schema: schemas.collection.schema,
      serializerCompiler,
      config: { ...ADMIN_ONLY, problems: schemas.collection.problems },
    },
    async (request, reply) => {
      const query = readQuery(projection, parameters, request.query);
      const chosen = choose(freshnessOf(request.headers, reply.raw, request.query.consistency));
      // In the same turn, where it can be: what is at hand by then is what its as-of was told of.
      const standing = chosen instanceof Promise ? await chosen : chosen;
      const ifNoneMatch = request.headers['if-none-match'];
      if (query.kind === 'lookup') {
        const found = await standing.reader.byLookup(query.lookup, query.value);
        return answer.document(reply, ifNoneMatch, standing, found);
      }
      const [page, counts] = await Promise.all([
        standing.reader.page(query.page),
        query.counts ? standing.reader.counts(query.page) : null,
      ]);
      const body = `{"items":[${page.items.join(',')}]${counts === null ? '' : countsJson(counts)}}`;
      return answer.list(
        reply,
        ifNoneMatch,
        standing,
        body,
        nextLink(projection, request.query, query.page, page),
        page.degraded,
      );
    },
  );

  // Without a revision there is no version to tell.
  if (definition.revision === undefined) return;
  app.get<ReadRequest>(
    `/${resource}/:id/version`,
    {
      schema: schemas.version.schema,
      serializerCompiler,
      config: { ...ownOnly(SCOPES.read), problems: schemas.version.problems },
    },
    (request, reply) => documentOf(request, reply, (reader) => reader.version(idOf(request.params))),
  );
}

function countsJson({ total, isPartial, facets }: Counts): string {
  return `,${JSON.stringify({ total, partial: isPartial, facets }).slice(1, -1)}`;
}

/** The same list from there on, as it was asked for. */
function nextLink(projection: Projection, asked: RawQuery, page: PageQuery, { next }: Page): string | null {
  if (next === null) return null;
  const names = [...projection.filters.map(({ parameter }) => parameter), 'q', 'sort'];
  const given = names.flatMap((name) => {
    const value = asked[name];
    return value === undefined ? [] : [[name, String(value)] as [string, string]];
  });
  const query = new URLSearchParams([
    ...given,
    ['limit', String(page.limit)],
    ['cursor', encodeCursor(next, projection, page)],
  ]);
  return `</${projection.resource}?${query.toString()}>; rel="next"`;
}
