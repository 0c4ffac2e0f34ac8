/** The routes of a projection that keeps a history: its pages and, where the documents themselves are not served beside, `?at=` alone. */
import { ownOnly } from '../../shared/auth/access.ts';
import { SCOPES } from '../../shared/auth/principal.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { Answer } from '../http/answer.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import type { Listed } from '../http/cursor.ts';
import { freshnessOf } from '../http/freshness-request.ts';
import type { ReadHeaders } from '../http/freshness-request.ts';
import { serializerCompiler } from '../http/json-text.ts';
import { keyType } from '../http/parameter-type.ts';
import { DEFAULT_LIMIT } from '../http/query.ts';
import { historySchemas } from './history-schemas.ts';
import { standOf } from '../readers/identify.ts';
import { toFound } from '../readers/found.ts';
import { revisionOf } from '../readers/revision-of.ts';
import type { ChooseStrategy } from '../strategies/choose-strategy.ts';
import { historyPage } from './history-page.ts';
import type { HistoryReader } from './history-reader.ts';
import type { AnswerPast } from './past.ts';

interface HistoryRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: {
    readonly limit?: number;
    readonly cursor?: string;
    readonly at: string;
    readonly consistency: string;
  };
  readonly Headers: ReadHeaders;
}

export interface HistoryRouteMeans {
  readonly projection: Projection;
  readonly read: HistoryReader;
  readonly choose: ChooseStrategy;
  readonly answer: Answer;
  readonly past: AnswerPast;
  /** Whether the documents that it is the history of have a route here. */
  readonly hasPresent: boolean;
}

export function addHistoryRoutes(app: HttpApp, means: HistoryRouteMeans): void {
  const { projection, read, choose, answer, past } = means;
  const { history, root, revision } = projection.definition;
  if (!history) throw new TypeError(`${projection.name} keeps no history`);
  const key = keyType(root.fields[root.key], root.key);
  const { pages, past: atTime } = historySchemas(projection, key);
  /** The cursor of one document's history is none of another's. */
  const listOf = (id: string): Listed => ({ where: [], terms: [id], order: null });

  app.get<HistoryRequest>(
    `/${history.of}/:id/history`,
    {
      schema: pages.schema,
      serializerCompiler,
      config: { ...ownOnly(SCOPES.read), problems: pages.problems },
    },
    async ({ params, query, headers }, reply) => {
      const id = String(key.normalise(params.id));
      const { limit = DEFAULT_LIMIT, cursor } = query;
      const list = listOf(id);
      const before = cursor === undefined ? null : Number(decodeCursor(cursor, projection, list).id);
      const standing = await choose(freshnessOf(headers, reply.raw));
      const ifNoneMatch = headers['if-none-match'];
      const kept = await read(id);
      if (kept === null) return answer.document(reply, ifNoneMatch, standing, null);
      const { body, next } = historyPage(kept.history, before, limit);
      if (next !== null) {
        const rest = new URLSearchParams({
          limit: String(limit),
          cursor: encodeCursor({ id: String(next), value: null }, projection, list),
        });
        reply.header('link', `</${history.of}/${id}/history?${rest.toString()}>; rel="next"`);
      }
      const found = toFound({ body, revision: revisionOf(kept.content, revision), ...standOf(kept.sync) });
      return answer.document(reply, ifNoneMatch, standing, found);
    },
  );

  if (means.hasPresent) return;
  app.get<HistoryRequest>(
    `/${history.of}/:id`,
    {
      schema: atTime.schema,
      serializerCompiler,
      config: { ...ownOnly(SCOPES.read), problems: atTime.problems },
    },
    ({ params, query, headers }, reply) =>
      past(
        {
          id: String(key.normalise(params.id)),
          at: query.at,
          consistency: 'eventual',
          token: headers['consistency-token'],
          ifNoneMatch: headers['if-none-match'],
        },
        reply,
        answer,
      ),
  );
}
