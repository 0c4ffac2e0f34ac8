/** Writers and readers of the teams that do not stop while something is done to the stream: SQL on one side, the read API on the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import { messageOf } from '../../stack/errors.ts';

/** Teams up to this id are changed, never deleted. */
export const KEPT_TEAMS = 20;
const NEW_TEAM = `insert into teams (id, team_name, budget, settings, founded_at)
  select max(id) + 1, 'new', 1.50, '[1e400, {"__proto__": 1.10}]', now() from teams returning id`;

/** Inserts, changes, moves and deletes; the returned function ends it and tells how many transactions there were. */
export function startTeamWriter(sql: Pool, pauseMs = 10): () => Promise<number> {
  const stopped = new AbortController();
  const run = async (): Promise<number> => {
    const client = await sql.connect();
    let count = 0;
    try {
      while (!stopped.signal.aborted) {
        await writeOnce(client, count++);
        await sleep(pauseMs);
      }
    } finally {
      client.release(true);
    }
    return count;
  };
  const running = run();
  running.catch(() => stopped.abort()); // told by the returned function
  return () => {
    stopped.abort();
    return running;
  };
}

async function writeOnce(client: ClientBase, n: number): Promise<void> {
  const team = 1 + (n % KEPT_TEAMS);
  await client.query('begin');
  const { rows } = await client.query<{ id: number }>(NEW_TEAM);
  const id = rows[0]?.id ?? 0;
  await client.query(
    'insert into members (handle, team, rank, fee, joined) values ($1, $2, $3, 9.90, now())',
    [`w${id}`, id, n % 4],
  );
  await client.query('update members set team = $1 where handle = $2', [team, `w${id - 5}`]);
  await client.query('delete from members where handle = $1', [`w${id - 40}`]);
  await client.query('delete from teams where id = $1 and id > $2', [id - 10, KEPT_TEAMS]);
  await client.query('update teams set revision = revision + 1, budget = budget + 0.01 where id = $1', [
    team,
  ]);
  await client.query('commit');
}

/** Reads the kept teams all the time; the returned function ends it and tells what no reader may see. */
export function startTeamReader(
  readApiUrl: string,
): () => Promise<{ reads: number; wrong: readonly string[] }> {
  const stopped = new AbortController();
  const newest = new Map<number, number>();
  const wrong: string[] = [];
  let reads = 0;
  const read = async (id: number): Promise<void> => {
    const response = await fetch(`${readApiUrl}/teams/${id}`);
    const body = (await response.json()) as { revision?: number };
    reads++;
    if (response.status !== 200 || body.revision === undefined) {
      wrong.push(`${id}: ${response.status} ${JSON.stringify(body)}`);
      return;
    }
    const before = newest.get(id) ?? 0;
    if (body.revision < before) wrong.push(`${id}: went back from ${before} to ${body.revision}`);
    newest.set(id, Math.max(before, body.revision));
  };
  const run = async (): Promise<void> => {
    for (let n = 0; !stopped.signal.aborted; n++) {
      try {
        await read(1 + (n % KEPT_TEAMS));
      } catch (error) {
        wrong.push(messageOf(error));
      }
      await sleep(2);
    }
  };
  const running = run();
  return async () => {
    stopped.abort();
    await running;
    return { reads, wrong };
  };
}
