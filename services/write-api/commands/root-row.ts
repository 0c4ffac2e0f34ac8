/**
 * The row of a document's root: locked first, raised last (invariant 9), so that commands on one document run one after the other and a
 * document that shows version N holds all that the N-th command did. The table has the columns id, version and updated_at.
 */
import type { QueryResultRow } from 'pg';
import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledged } from './acknowledgement.ts';
import { CommandRefusal, refusal } from './command-refusal.ts';

/** Whose command it is, and the versions at which it may run; undefined: at any. */
export interface RootTarget {
  readonly id: string;
  readonly expectedVersions: readonly number[] | undefined;
}

export interface Root<F> {
  /**
   * `read`: SQL expressions of the row that are answered, with commas between.
   * @throws CommandRefusal when there is no such row, or it is at another version than expected.
   */
  readonly lock: <R extends QueryResultRow>(
    client: SqlClient,
    target: RootTarget,
    read?: string,
  ) => Promise<R>;
  /** The last statement of a command: writes the given fields, if any, and the next version. Also when no value differs. */
  readonly raise: (client: SqlClient, id: string, changes?: Partial<F>) => Promise<Acknowledged>;
  /** The last statement of the command that makes one: the row at version 1. `id`: null, the next one. */
  readonly insert: (client: SqlClient, id: string | null, fields: F) => Promise<Acknowledged>;
}

interface RootTable<F> {
  readonly table: string;
  /** What one is called in a refusal. */
  readonly noun: string;
  /** The kind of refusal when there is none. */
  readonly missing: string;
  readonly columns: Readonly<Record<keyof F & string, string>>;
}

export function rootOf<F extends object>({ table, noun, missing, columns: byField }: RootTable<F>): Root<F> {
  const columns = Object.entries(byField) as [keyof F, string][];
  const acknowledge = (row: { id: string; version: number } | undefined): Acknowledged => {
    if (!row) throw new Error(`the ${noun}’s row vanished under its lock`);
    return { id: row.id, version: row.version, deleted: false };
  };
  return {
    async lock<R extends QueryResultRow>(
      client: SqlClient,
      { id, expectedVersions }: RootTarget,
      read?: string,
    ): Promise<R> {
      const { rows } = await client.query<R & { version: number }>(
        `select version${read === undefined ? '' : `, ${read}`} from ${table} where id = $1 for update`,
        [id],
      );
      const [row] = rows;
      if (!row) throw new CommandRefusal(missing, `there is no ${noun} ${id}`);
      requireVersion(noun, row.version, expectedVersions);
      return row;
    },
    async raise(client, id, changes = {}) {
      const changed = columns.filter(([field]) => changes[field] !== undefined);
      const assignments = changed.map(([, column], index) => `${column} = $${index + 2}, `).join('');
      const { rows } = await client.query<{ id: string; version: number }>(
        `update ${table} set ${assignments} version = version + 1, updated_at = statement_timestamp()
         where id = $1 returning id, version`,
        [id, ...changed.map(([field]) => changes[field])],
      );
      return acknowledge(rows[0]);
    },
    async insert(client, id, fields) {
      const { rows } = await client.query<{ id: string; version: number }>(
        `insert into ${table} (id, ${columns.map(([, column]) => column).join(', ')})
         values (coalesce($1::uuid, uuidv7()), ${columns.map((_, index) => `$${index + 2}`).join(', ')}) returning id, version`,
        [id, ...columns.map(([field]) => fields[field])],
      );
      return acknowledge(rows[0]);
    },
  };
}

/** `noun`: what one is called. @throws CommandRefusal */
export function requireVersion(
  noun: string,
  version: number,
  expected: RootTarget['expectedVersions'],
): void {
  if (expected === undefined || expected.includes(version)) return;
  throw refusal('version-mismatch', `the ${noun} is at version ${version}`, { currentVersion: version });
}

/** In the order of time, as Postgres gives them to other writers' rows. */
export async function nextId(client: SqlClient): Promise<string> {
  const { rows } = await client.query<{ id: string }>('select uuidv7() as id', []);
  if (!rows[0]) throw new Error('Postgres gave no id');
  return rows[0].id;
}
