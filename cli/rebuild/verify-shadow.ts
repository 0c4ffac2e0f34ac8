/**
 * Compares the shadow with the source view while writers are active. A document that differs is accused only when it still differs from
 * what SQL says after the stream has brought the shadow past that moment, and SQL says the same before and after the look.
 */
import type { Collection } from 'mongodb';
import type { Pool } from 'pg';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { differences } from '../../services/shared/same-json.ts';
import { toServedJson } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import type { Follower } from './follow-stream.ts';

export interface VerifyOptions {
  readonly pool: Pool;
  readonly projection: Projection;
  readonly shadow: Collection<StoredDocument>;
  readonly follower: Follower;
  readonly signal: AbortSignal;
  /** Documents compared so far. */
  readonly onProgress: (compared: number) => void;
}

export interface Verification {
  readonly compared: number;
  /** Ids of the documents that are not what SQL says. */
  readonly wrong: readonly string[];
}

const BATCH = 1000;
const ROUNDS = 20;

export async function verifyShadow(options: VerifyOptions): Promise<Verification> {
  const { pool, projection, shadow, follower, signal, onProgress } = options;
  const suspects = new Set<string>();
  let compared = 0;
  let last: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const ids = await sourceIds(pool, projection, last);
    last = ids.at(-1);
    if (last === undefined) break;
    const source = await sourceOf(pool, projection, ids);
    const stored = await storedOf(projection, shadow, ids);
    for (const id of ids) if (!isSame(source.get(id), stored.get(id))) suspects.add(id);
    compared += ids.length;
    onProgress(compared);
  }
  for (const id of await extras(options)) suspects.add(id);

  for (let round = 0; suspects.size > 0 && round < ROUNDS; round++) {
    const ids = [...suspects];
    const before = await sourceOf(pool, projection, ids);
    await follower.reached(await currentLsn(pool));
    const stored = await storedOf(projection, shadow, ids);
    const after = await sourceOf(pool, projection, ids);
    let stable = true;
    for (const id of ids) {
      if (isSame(before.get(id), stored.get(id)) || isSame(after.get(id), stored.get(id)))
        suspects.delete(id);
      else if (!isSame(before.get(id), after.get(id))) stable = false;
    }
    // Nothing is being written to those that are left: another look would show the same.
    if (stable && round > 0) break;
  }
  return { compared, wrong: [...suspects] };
}

export async function currentLsn(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ lsn: number }>(
    "select (pg_current_wal_insert_lsn() - '0/0')::float8 as lsn",
  );
  return rows[0]?.lsn ?? Infinity;
}

async function sourceIds(pool: Pool, { sourceView }: Projection, last?: string): Promise<readonly string[]> {
  const after = last === undefined ? '' : 'where id > $1';
  const { rows } = await pool.query<{ id: string }>(
    `select id::text as id from ${sourceView.name} ${after} order by ${sourceView.name}.id limit ${BATCH}`,
    last === undefined ? [] : [last],
  );
  return rows.map(({ id }) => id);
}

type Documents = ReadonlyMap<string, unknown>;

/** Asked by the key's own type, so that its index is used. */
async function sourceOf(pool: Pool, { sourceView }: Projection, ids: readonly string[]): Promise<Documents> {
  const { rows } = await pool.query<{ id: string; document: string }>(
    `select id::text as id, document::text as document from ${sourceView.name} where id = any ($1)`,
    [ids],
  );
  return new Map(rows.map(({ id, document }) => [id, parseLossless(document)]));
}

async function storedOf(
  projection: Projection,
  shadow: Collection<StoredDocument>,
  ids: readonly string[],
): Promise<Documents> {
  const found = await shadow.find({ _id: { $in: [...ids] }, '_sync.phase': 'live' }).toArray();
  return new Map(found.map((each) => [each._id, parseLossless(toServedJson(projection, each))]));
}

/** Live documents that SQL does not know. */
async function extras({ pool, projection, shadow, signal }: VerifyOptions): Promise<readonly string[]> {
  const found: string[] = [];
  let batch: string[] = [];
  const look = async (): Promise<void> => {
    signal.throwIfAborted();
    const { rows } = await pool.query<{ id: string }>(
      `select id::text as id from ${projection.sourceView.name} where id = any ($1)`,
      [batch],
    );
    const known = new Set(rows.map(({ id }) => id));
    found.push(...batch.filter((id) => !known.has(id)));
    batch = [];
  };
  for await (const { _id } of shadow.find({ '_sync.phase': 'live' }, { projection: { _id: 1 } })) {
    batch.push(_id);
    if (batch.length === BATCH) await look();
  }
  if (batch.length > 0) await look();
  return found;
}

/** Both absent, or equal in every value. */
function isSame(source: unknown, stored: unknown): boolean {
  return differences(source, stored).length === 0;
}
