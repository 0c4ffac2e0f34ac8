/** Random transactions by plain SQL, the kind that no API sees: bulk inserts, moves, key changes, rollbacks, interleaving, deletes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import type { Random } from '../../../services/shared/random.ts';
import type { Population } from './population.ts';

export interface SqlReport {
  committed: number;
  rolledBack: number;
  /** Serialization failures, deadlocks, lost connections: the writer's own risk. */
  failed: number;
  readonly unexpected: string[];
}

/** Violations that random writers cause among themselves, and connections that a fault ends. */
const OWN_RISK = /^(23|40|57|08|55P03|53)|ECONN|EPIPE|terminat|timeout|connection error/;

export async function sqlWriter(
  pool: Pool,
  random: Random,
  people: Population,
  stop: AbortSignal,
  pauseMs: number,
): Promise<SqlReport> {
  const report: SqlReport = { committed: 0, rolledBack: 0, failed: 0, unexpected: [] };
  while (!stop.aborted) {
    try {
      const done = random.chance(0.15)
        ? await interleaved(pool, random, people)
        : await transaction(pool, random, people);
      if (done) report.committed++;
      else report.rolledBack++;
    } catch (error) {
      const text =
        error instanceof Error
          ? `${'code' in error ? String(error.code) : ''} ${error.message}`
          : String(error);
      if (OWN_RISK.test(text)) report.failed++;
      else report.unexpected.push(text);
      await sleep(20);
    }
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return report;
}

/** One transaction of a few statements; a tenth are rolled back. */
async function transaction(pool: Pool, random: Random, people: Population): Promise<boolean> {
  return withClient(pool, async (client) => {
    const deleted: string[] = [];
    const created: string[] = [];
    await client.query('begin');
    for (let i = random.below(4); i >= 0; i--) await statement(client, random, people, deleted, created);
    const commit = random.chance(0.9);
    try {
      await client.query(commit ? 'commit' : 'rollback');
    } catch (error) {
      for (const id of deleted) people.uncertain(id);
      throw error;
    }
    if (commit) {
      for (const id of created) people.acknowledged(id, 0);
      for (const id of deleted) people.deleted(id);
    }
    return commit;
  });
}

/** Two transactions on one user whose statements alternate: their rows' LSNs interleave (design §4). */
async function interleaved(pool: Pool, random: Random, people: Population): Promise<boolean> {
  const user = people.any(random);
  if (user === undefined) return false;
  return withClient(pool, (first) =>
    withClient(pool, async (second) => {
      for (const client of [first, second]) await client.query("begin; set local lock_timeout = '500ms'");
      const insert = (client: PoolClient, name: string): Promise<unknown> =>
        client.query(
          'insert into addresses (user_id, label, line1, city, country) select id, $2, $2, $2, $3 from users where id = $1',
          [user, name, 'PT'],
        );
      await insert(first, 'first 1');
      await insert(second, 'second 1');
      await insert(first, 'first 2');
      await insert(second, 'second 2');
      await second.query('commit');
      await first.query('commit');
      return true;
    }),
  );
}

async function statement(
  client: PoolClient,
  random: Random,
  people: Population,
  deleted: string[],
  created: string[],
): Promise<void> {
  const user = people.any(random);
  const other = people.any(random);
  const roll = random.next();
  if (user === undefined || other === undefined || roll < 0.1) {
    const { rows } = await client.query<{ id: string }>(
      "insert into users (email, full_name) select 'sql.' || gen_random_uuid() || '@example.com', 'bulk ' || n from generate_series(1, $1) n returning id",
      [1 + random.below(20)],
    );
    created.push(...rows.map(({ id }) => id));
  } else if (roll < 0.25) {
    await client.query(
      "insert into preferences (user_id, key, value) select id, 'sql.' || n, to_jsonb(n * 1.10) from users, generate_series(1, $2) n where id = $1 on conflict (user_id, key) do update set value = jsonb_build_object('again', 12345678901234567890, 'deep', jsonb_build_array(0.1, 1e30))",
      [user, 1 + random.below(5)],
    );
  } else if (roll < 0.4) {
    await client.query("update preferences set key = key || '~' where user_id = $1 and length(key) < 20", [
      user,
    ]);
  } else if (roll < 0.55) {
    await client.query('update addresses set user_id = $2, is_primary = false where user_id = $1', [
      user,
      other,
    ]);
  } else if (roll < 0.65) {
    await client.query(
      'update addresses set is_primary = (id = (select id from addresses where user_id = $1 order by id limit 1)) where user_id = $1',
      [user],
    );
  } else if (roll < 0.75) {
    await client.query(
      "update addresses set created_at = created_at - random() * interval '1 day', city = 'moved' where user_id = $1",
      [user],
    );
  } else if (roll < 0.9) {
    await client.query('update users set phone = $2, updated_at = now() where id = any($1)', [
      [user, other].toSorted(),
      `+33${random.below(1e9)}`,
    ]);
  } else if (roll < 0.96) {
    await client.query('delete from addresses where user_id = $1', [user]);
  } else {
    await client.query('delete from users where id = $1', [user]);
    deleted.push(user);
  }
}

async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  const ignore = (): void => undefined; // the query under way says so too
  client.on('error', ignore);
  try {
    const result = await work(client);
    broken = false;
    return result;
  } finally {
    client.off('error', ignore);
    client.release(broken); // a client in an unknown state is closed, which rolls back
  }
}
