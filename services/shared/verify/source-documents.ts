/**
 * The documents as SQL says they are, and the rows that they copy from: source views, asked by the key's own type, so that the table's index
 * serves them.
 */
import type { ClientBase, Pool } from 'pg';
import { viewMark } from '../check/view-mark.ts';
import type { Projection } from '../projection/projection.ts';
import type { SourceDocument } from '../projection/source-document.ts';
import { companionId } from '../projection/references.ts';

export type SourceDocuments = ReadonlyMap<string, SourceDocument>;

type Queryable = Pool | ClientBase;

/** What is asked for whole: the documents, or the rows of one table that they copy from. */
export type Viewed = Pick<Projection, 'keyType' | 'fromSource'> & {
  readonly sourceView: Pick<Projection['sourceView'], 'name'>;
};

interface Row {
  readonly id: string;
  readonly document: string;
}

/** Ids behind `after`, up to `through`; a bound that is left out is none. */
export interface IdRange {
  readonly after?: string | undefined;
  readonly through?: string | undefined;
}

/** The first documents of a range, in the order of their ids. */
async function sourcePage(
  sql: Queryable,
  viewed: Viewed,
  limit: number,
  range: IdRange,
): Promise<SourceDocuments> {
  return toMap(
    viewed,
    await firstOf<Row>(sql, viewed, 'id::text as id, document::text as document', limit, range),
  );
}

/** The first ids of a range, in their order; no document is put together for it. */
export async function sourceIds(
  sql: Queryable,
  viewed: Viewed,
  limit: number,
  range: IdRange,
): Promise<readonly string[]> {
  const rows = await firstOf<Pick<Row, 'id'>>(sql, viewed, 'id::text as id', limit, range);
  return rows.map(({ id }) => id);
}

async function firstOf<R extends object>(
  sql: Queryable,
  { sourceView: { name } }: Viewed,
  columns: string,
  limit: number,
  { after, through }: IdRange,
): Promise<readonly R[]> {
  const bounds = [
    [after, 'id >'],
    [through, 'id <='],
  ].filter(([id]) => id !== undefined);
  const conditions = bounds.map(([, compare], at) => `${compare} $${at + 2}`);
  const { rows } = await sql.query<R>(
    `select ${columns} from ${name}
      ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''} order by ${name}.id limit $1`,
    [limit, ...bounds.map(([id]) => id)],
  );
  return rows;
}

/** All documents of a range in pages; the next page is asked for while the one before is worked on. None is empty. */
export async function* sourcePages(
  sql: Queryable,
  viewed: Viewed,
  limit: number,
  { after, through }: IdRange = {},
): AsyncGenerator<SourceDocuments> {
  let next = sourcePage(sql, viewed, limit, { after, through });
  for (;;) {
    const page = await next;
    const last = [...page.keys()].at(-1);
    if (last === undefined) return;
    next =
      page.size < limit
        ? Promise.resolve(new Map())
        : sourcePage(sql, viewed, limit, { after: last, through });
    next.catch(() => undefined); // told when it is asked for; whoever stops before does not ask
    yield page;
  }
}

/** So many ranges of about the same number of documents, which together hold every id. */
export async function sourceRanges(
  sql: Queryable,
  { sourceView: { name } }: Projection,
  ranges: number,
  documents: number,
): Promise<readonly IdRange[]> {
  const size = Math.max(1, Math.ceil(documents / ranges));
  const { rows } = await sql.query<Pick<Row, 'id'>>(
    `select id::text as id
       from (select id, row_number() over (order by id) as place from ${name}) numbered
      where place % $1 = 0 and place < $2
      order by numbered.id`,
    [size, documents],
  );
  const bounds = rows.map(({ id }) => id);
  return [...bounds, undefined].map((through, at) => ({ after: bounds[at - 1], through }));
}

/** Those of them that exist: documents, and of companions their rows. */
export async function sourceOf(
  sql: Queryable,
  projection: Projection,
  ids: readonly string[],
): Promise<SourceDocuments> {
  const found = new Map<string, SourceDocument>();
  for (const { viewed, keys, idOf } of placesOf(projection, ids)) {
    const { rows } = await sql.query<Row>(
      `select id::text as id, document::text as document from ${viewed.sourceView.name} where ${isOneOf(viewed)}`,
      [possible(viewed, keys)],
    );
    for (const [key, document] of toMap(viewed, rows)) found.set(idOf(key), document);
  }
  return found;
}

/** Those of the ids that SQL does not know. */
export async function unknownToSource(
  sql: Queryable,
  projection: Projection,
  ids: readonly string[],
): Promise<readonly string[]> {
  const known = new Set<string>();
  for (const { viewed, keys, idOf } of placesOf(projection, ids)) {
    const { rows } = await sql.query<Pick<Row, 'id'>>(
      `select id::text as id from ${viewed.sourceView.name} where ${isOneOf(viewed)}`,
      [possible(viewed, keys)],
    );
    for (const { id } of rows) known.add(idOf(id));
  }
  return ids.filter((id) => !known.has(id));
}

interface Asked {
  readonly viewed: Viewed;
  readonly keys: readonly string[];
  /** Key → the id that it was asked by. */
  readonly idOf: (key: string) => string;
}

/** The documents' view comes first, whether one of them is asked for or not. */
function placesOf(projection: Projection, ids: readonly string[]): readonly Asked[] {
  const { references } = projection;
  if (references === null) return [{ viewed: projection, keys: ids, idOf: (key) => key }];
  const own: string[] = [];
  const byTable = new Map<string, string[]>();
  for (const id of ids) {
    const companion = references.companionAt(id);
    if (companion === null) {
      own.push(id);
      continue;
    }
    const { table } = companion.table;
    const keys = byTable.get(table) ?? [];
    byTable.set(table, keys);
    keys.push(companion.key);
  }
  return [
    { viewed: projection, keys: own, idOf: (key) => key },
    ...[...byTable].flatMap(([table, keys]): readonly Asked[] => {
      const viewed = references.tables.get(table);
      return viewed === undefined ? [] : [{ viewed, keys, idOf: (key) => companionId(table, key) }];
    }),
  ];
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

/** The source view is not of this definition: what it says is no measure for the documents. */
export class ForeignViewError extends Error {
  override readonly name = 'ForeignViewError';
}

export async function isViewOf(sql: Queryable, { sourceView }: Projection): Promise<boolean> {
  const { rows } = await sql.query<{ mark: string | null }>(
    "select obj_description(to_regclass($1), 'pg_class') as mark",
    [sourceView.name],
  );
  return rows[0]?.mark === viewMark(sourceView);
}

/** @throws ForeignViewError */
export async function requireView(sql: Queryable, projection: Projection): Promise<void> {
  if (await isViewOf(sql, projection)) return;
  const { name, version, sourceView } = projection;
  throw new ForeignViewError(
    `the source view ${sourceView.name} is not that of version ${version} of ${name}: readside migrate`,
  );
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

/**
 * A key's type → what its ids look like, and as what Postgres is given them. A uuid may stand in a uuid or a text column: left open, they are
 * of the column's type. An integer may be beyond its column's.
 */
const KEYS: Readonly<Record<string, readonly [text: RegExp, given: string]>> = {
  uuid: [/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, '$1'],
  integer: [/^(0|-?[1-9]\d{0,17})$/, '$1::bigint[]'],
  text: [/^/, '$1'],
};

function keyOf({ keyType, sourceView }: Viewed): readonly [text: RegExp, given: string] {
  const known = KEYS[keyType.name];
  if (!known) throw new TypeError(`${sourceView.name}: its key is of no type that a row is asked by`);
  return known;
}

function isOneOf(viewed: Viewed): string {
  return `id = any (${keyOf(viewed)[1]})`;
}

/** Somebody may have made documents under ids that no row can have: Postgres would refuse to be asked for them. */
function possible(viewed: Viewed, keys: readonly string[]): readonly string[] {
  const [text] = keyOf(viewed);
  return keys.filter((key) => text.test(key));
}

function toMap({ fromSource }: Viewed, rows: readonly Row[]): SourceDocuments {
  return new Map(rows.map(({ id, document }) => [id, fromSource(id, document)]));
}
