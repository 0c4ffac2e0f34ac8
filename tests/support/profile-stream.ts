/** A steady stream of changes to a few users, each transaction raising their version, and a reader that watches them all the while. */
import type { Pool } from 'pg';
import { waitFor } from '../../stack/wait.ts';
import { addUser } from './rows.ts';
import { runningSystem } from './stack.ts';

export interface ProfileStream {
  readonly ids: readonly string[];
  /** The version that was committed last. */
  written(): number;
  /** Resolves when each user has been seen at that version or a later one. */
  shown(version: number): Promise<void>;
  /** Ends writing and watching. `backwards`: answers older than one that was given before. */
  stop(): Promise<{ readonly ids: readonly string[]; readonly backwards: readonly string[] }>;
}

const USERS = 12;

export async function startStream(sql: Pool): Promise<ProfileStream> {
  const ids = await Promise.all(Array.from({ length: USERS }, () => addUser(sql)));
  const seen = new Map(ids.map((id) => [id, 0]));
  const backwards: string[] = [];
  let version = 1;
  const stopping = new AbortController();

  async function write(): Promise<void> {
    while (!stopping.signal.aborted) {
      const next = version + 1;
      await sql.query(
        `with addressed as (insert into addresses (user_id, label, line1, city, country)
                            select unnest($1::uuid[]), 'at ' || $2::int, 'line', 'Porto', 'PT')
         update users set version = $2::int where id = any ($1)`,
        [ids, next],
      );
      version = next;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) for (const id of ids) await look(id);
  }

  async function look(id: string): Promise<void> {
    const response = await fetch(`${runningSystem().readApiUrl}/profiles/${id}/version`);
    const body = (await response.json()) as { readonly version?: number };
    const before = seen.get(id) ?? 0;
    const now = response.status === 200 ? (body.version ?? 0) : 0;
    if (now < before) backwards.push(`${id}: version ${before}, then ${now}`);
    seen.set(id, now);
  }

  const working = Promise.all([write(), watch()]);
  working.catch(() => undefined); // told by stop
  return {
    ids,
    written: () => version,
    shown: async (wanted) => {
      await waitFor(
        `version ${wanted} of each user`,
        () => [...seen.values()].every((each) => each >= wanted),
        {
          timeoutMs: 60_000,
        },
      );
    },
    stop: async () => {
      stopping.abort();
      await working;
      return { ids, backwards };
    },
  };
}
