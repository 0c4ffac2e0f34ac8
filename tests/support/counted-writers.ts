/** A writer of everything that is counted, by plain SQL, and the counts as SQL tells them: written by hand, apart from the projection language. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Count } from '../../services/shared/tallies/tally-counts.ts';
import type { Pool } from 'pg';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { Pipeline } from './pipeline.ts';
import { createRandom } from '../../services/shared/random.ts';
import { addAddress, addPreference, addUser, inTransaction } from './rows.ts';
import { differences } from './same-json.ts';

const COUNTRIES = ['FR', 'PT', 'DE', 'IT', 'ES'];
const KEYS = ['theme', 'a.b', '$inc', '__proto__'];
const VALUES = ['"dark"', '"light"', 'true', 'null', '1.0', '1', '{"b":1,"a":[2]}', '{"a":[2],"b":1}'];

/** Writes until it is stopped; the returned function tells how many transactions there were. */
export function startCountedWriter(sql: Pool, seed: number): () => Promise<number> {
  const stopped = new AbortController();
  const random = createRandom(seed);
  const ids: string[] = [];
  const one = (of: readonly string[]): string => random.pick(of) ?? '';

  async function write(): Promise<void> {
    if (ids.length < 10 || random.below(5) === 0) {
      ids.push(await addUser(sql, { created_at: `2026-11-0${1 + random.below(5)}T23:59:59.9Z` }));
      return;
    }
    const user = one(ids);
    const other = one(ids);
    switch (random.below(8)) {
      case 0:
        await sql.query('update users set status = $2 where id = $1', [
          user,
          one(['active', 'suspended', 'closed']),
        ]);
        return;
      case 1:
      case 2:
        return inTransaction(sql, async (client) => {
          await addAddress(client, user, { country: one(COUNTRIES) });
          await addAddress(client, user, { country: one(COUNTRIES) });
        });
      case 3: // an address moves to another user
        await sql.query(
          'update addresses set user_id = $2 where id = (select id from addresses where user_id = $1 limit 1)',
          [user, other],
        );
        return;
      case 4:
        await sql.query(
          'insert into preferences (user_id, key, value) values ($1, $2, $3) on conflict (user_id, key) do update set value = excluded.value',
          [user, one(KEYS), one(VALUES)],
        );
        return;
      case 5: // a preference's key changes
        await sql.query(
          `update preferences p set key = $3 where user_id = $1 and key = $2
              and not exists (select from preferences q where q.user_id = $1 and q.key = $3)`,
          [user, one(KEYS), one(KEYS)],
        );
        return;
      case 6:
        await sql.query('update addresses set country = $2 where user_id = $1', [user, one(COUNTRIES)]);
        return;
      default:
        await sql.query('delete from users where id = $1', [user]);
        ids.splice(ids.indexOf(user), 1);
    }
  }

  const run = async (): Promise<number> => {
    for (let count = 0; ; count++) {
      if (stopped.signal.aborted) return count;
      await write();
      await sleep(10);
    }
  };
  const running = run();
  running.catch(() => stopped.abort()); // told by the returned function
  return () => {
    stopped.abort();
    return running;
  };
}

/** What is counted one time more, or less, by whoever counts it once too often. */
export async function addCounted(sql: Pool): Promise<string> {
  const id = await addUser(sql);
  await addAddress(sql, id, { country: 'FR' });
  await addAddress(sql, id, { country: 'FR' });
  await addPreference(sql, id, 'theme', '"dark"');
  return id;
}

interface SqlCount {
  readonly tally: string;
  readonly key: string | null;
  /** JSON text. */
  readonly value: string | null;
  readonly count: number;
}

const COUNTS_IN_SQL = `
  select 'users' as tally, null as key, null as value, count(*)::int as count from users having count(*) > 0
  union all
  select 'usersByStatus', null, to_json(status)::text, count(*)::int from users group by status
  union all
  select 'usersByCountry', null, to_json(country)::text, count(distinct user_id)::int from addresses group by country
  union all
  select 'signUpsByDay', null, to_json(to_char(created_at at time zone 'UTC', 'YYYY-MM-DD'))::text, count(*)::int
    from users group by to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')
  union all
  select 'preferences', key, value::text, count(*)::int from preferences group by key, value`;

/** Other tests have values that are longer than a count can name. */
const LONG = 200;

/** One line for each count that is not what SQL says. Call `settled` first. */
export async function compareCountsWithSql(
  { sql }: Pipeline,
  counts: ReadonlyMap<string, Count>,
): Promise<readonly string[]> {
  const { rows } = await sql.query<SqlCount>(COUNTS_IN_SQL);
  const groups = new Map<string, { readonly value: unknown; count: number }[]>();
  for (const [text, count] of counts) {
    const [tally, ...path] = parseLossless(text) as readonly unknown[];
    const key = tally === 'preferences' ? path.shift() : null;
    const group = JSON.stringify([tally, key]);
    groups.set(group, [...(groups.get(group) ?? []), { value: path[0], count: Number(count) }]);
  }
  const wrong: string[] = [];
  for (const { tally, key, value, count } of rows) {
    const name = JSON.stringify([tally, key]);
    const group = groups.get(name) ?? [];
    const wanted = value === null ? undefined : parseLossless(value);
    const isLong = (value ?? '').length > LONG;
    const found =
      group.find((each) => differences(wanted, each.value).length === 0) ??
      (isLong ? group.find((each) => each.value === undefined) : undefined);
    if (found) found.count -= count;
    if (!found || (found.count !== 0 && !isLong)) wrong.push(`${name} ${value}: ${count} in SQL`);
  }
  for (const [name, group] of groups)
    for (const { value, count } of group)
      if (count !== 0) wrong.push(`${name} ${JSON.stringify(value)}: ${count} more counted than in SQL`);
  return wrong;
}
