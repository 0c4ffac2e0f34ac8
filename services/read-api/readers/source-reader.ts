/**
 * The same documents, computed by Postgres from the tables at the time of the read. The view's text is sent as it comes,
 * unparsed: nothing between the tables and the reader can change it. Only a folded root's events are folded here.
 */
import type { Pool } from 'pg';
import { ProblemError } from '../../shared/problem.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import { isUnstorable, sourceUnavailable } from '../http/unavailable.ts';
import { toFound } from './found.ts';
import type { Found } from './found.ts';
import type { ParameterValue, Reader } from './reader.ts';
import { versionJson } from './version-json.ts';

interface SourceRow {
  readonly id: string;
  readonly document: string;
  /** a bigint comes as text */
  readonly revision: number | string | null;
}

export function createSourceReader(projection: Projection, pool: Pool): Reader {
  const { name: view, lookupColumns } = projection.sourceView;

  function found(row: SourceRow | null): Found | null {
    if (row === null) return null;
    const { json, refused } = projection.fromSource(row.id, row.document);
    if (json === null) return null;
    const revision = asNumber(row.revision);
    // What a fold refuses, no document shows either.
    return toFound({ body: json, revision, provenance: null, degraded: refused !== null });
  }

  async function findOne(columns: string, where: string, value: ParameterValue): Promise<SourceRow | null> {
    try {
      // Not a prepared statement: a connection would keep the old view's after a new version of it.
      const { rows } = await pool.query<SourceRow>(`select ${columns} from ${view} where ${where} limit 1`, [
        value,
      ]);
      return rows[0] ?? null;
    } catch (error) {
      if (isUnstorable(error)) return null;
      throw sourceUnavailable(error) ?? error;
    }
  }

  return {
    byId: async (id) => found(await findOne(DOCUMENT, 'id = $1', id)),
    async byLookup({ parameter, foldedKey }, value) {
      const column = lookupColumns[parameter];
      // What is folded no query of the source can ask for.
      if (column === undefined) throw listOfSource();
      const where = foldedKey === null ? `${column} = $1` : `lower(${column}) = lower($1::text)`;
      return found(await findOne(DOCUMENT, where, value));
    },
    async version(id) {
      const row = await findOne('revision', 'id = $1', id);
      if (!row) return null;
      const revision = asNumber(row.revision);
      const body = versionJson(projection, id, revision);
      return toFound({ body, revision, provenance: null, degraded: false });
    },
    page: noLists,
    counts: noLists,
  };
}

function noLists(): Promise<never> {
  return Promise.reject(listOfSource());
}

export function listOfSource(): ProblemError {
  return new ProblemError(400, 'not-supported-by-source', 'The source is not asked for lists', {
    errors: [
      {
        pointer: 'querystring/consistency',
        detail: 'must be eventual for a list, and for a lookup by what is folded',
      },
    ],
  });
}

const DOCUMENT = 'id::text as id, document::text as document, revision';

function asNumber(revision: SourceRow['revision']): number | null {
  return revision === null ? null : Number(revision);
}
