/** The documents as SQL says they are: the source view, asked by the key's own type, so that the table's index serves it. */
import type { ClientBase, Pool } from 'pg';
import type { Projection } from '../projection/projection.ts';

/** Id → JSON text. */
export type SourceDocuments = ReadonlyMap<string, string>;

type Queryable = Pool | ClientBase;

interface Row {
  readonly id: string;
  readonly document: string;
}

/** The next documents in the order of their ids; `after`: the last id of the page before. */
export async function sourcePage(
  sql: Queryable,
  { sourceView: { name } }: Projection,
  limit: number,
  after?: string,
): Promise<SourceDocuments> {
  const { rows } = await sql.query<Row>(
    `select id::text as id, document::text as document from ${name}
      ${after === undefined ? '' : 'where id > $2'} order by ${name}.id limit $1`,
    after === undefined ? [limit] : [limit, after],
  );
  return toMap(rows);
}

/** Those of them that exist. */
export async function sourceOf(
  sql: Queryable,
  { sourceView: { name } }: Projection,
  ids: readonly string[],
): Promise<SourceDocuments> {
  const { rows } = await sql.query<Row>(
    `select id::text as id, document::text as document from ${name} where id = any ($1)`,
    [ids],
  );
  return toMap(rows);
}

/** Those of the ids that SQL does not know. */
export async function unknownToSource(
  sql: Queryable,
  { sourceView: { name } }: Projection,
  ids: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql.query<Pick<Row, 'id'>>(
    `select id::text as id from ${name} where id = any ($1)`,
    [ids],
  );
  const known = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}

/** Reads every id for it, and no more than that. */
export async function sampleOfSource(
  sql: Queryable,
  { sourceView: { name } }: Projection,
  count: number,
): Promise<readonly string[]> {
  const { rows } = await sql.query<Pick<Row, 'id'>>(
    `select id::text as id from ${name} order by random() limit $1`,
    [count],
  );
  return rows.map(({ id }) => id);
}

export async function countSource(sql: Queryable, { sourceView: { name } }: Projection): Promise<number> {
  const { rows } = await sql.query<{ documents: string }>(`select count(*)::text as documents from ${name}`);
  return Number(rows[0]?.documents ?? 0);
}

export interface SourceMoment {
  /** Where Postgres writes next, in bytes: whatever has committed before the question lies before it. */
  readonly lsn: number;
  /** Postgres' clock, in microseconds since 1970; within a transaction, of its begin. */
  readonly micros: number;
}

export async function sourceMoment(sql: Queryable): Promise<SourceMoment> {
  const { rows } = await sql.query<{ lsn: number; micros: string }>(
    `select (pg_current_wal_insert_lsn() - '0/0')::float8 as lsn,
            floor(extract(epoch from now()) * 1000000)::bigint::text as micros`,
  );
  const [row] = rows;
  if (!row) throw new Error('Postgres gave no row for its own position');
  return { lsn: row.lsn, micros: Number(row.micros) };
}

function toMap(rows: readonly Row[]): SourceDocuments {
  return new Map(rows.map(({ id, document }) => [id, document]));
}
