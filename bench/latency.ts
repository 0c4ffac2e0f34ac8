/**
 * Commit → readable on an idle system: single writes, one after the other, each measured from its acknowledgement to the answer of
 * the read API that shows it. Two ways to write (REST, plain SQL) and two to see it (one waiting read, polling).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Benchmark } from './support/benchmark.ts';
import { quantiles } from './support/quantiles.ts';

const WARM_UP = 100;
const WRITES = 300;
/** So that one write's batch is over before the next begins: the system is idle between two. */
const PAUSE_MS = 20;

export const latency: Benchmark = async (system, signal, tell) => {
  const { writeApiUrl, readApiUrl, postgresUrl } = system.info();
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const id = await createUser(writeApiUrl);
    const byRest = async (i: number): Promise<number> => {
      const response = await fetch(`${writeApiUrl}/users/${id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ displayName: `name ${i}` }),
        signal,
      });
      await response.arrayBuffer();
      const acknowledged = performance.now();
      const read = await fetch(`${readApiUrl}/profiles/${id}`, {
        headers: { 'consistency-token': response.headers.get('consistency-token') ?? '', prefer: 'wait=10' },
        signal,
      });
      const profile = (await read.json()) as { displayName?: string };
      if (profile.displayName !== `name ${i}`)
        throw new Error(`write ${i} was not shown by the waiting read`);
      return performance.now() - acknowledged;
    };
    const bySql = async (i: number): Promise<number> => {
      await client.query('update users set bio = $2 where id = $1', [id, `bio ${i}`]);
      const committed = performance.now();
      for (;;) {
        const read = await fetch(`${readApiUrl}/profiles/${id}`, { signal });
        const profile = (await read.json()) as { bio?: string };
        if (profile.bio === `bio ${i}`) return performance.now() - committed;
        if (performance.now() - committed > 10_000)
          throw new Error(`write ${i} was not readable within 10 s`);
      }
    };
    const measure = async (
      what: string,
      write: (i: number) => Promise<number>,
    ): Promise<ReturnType<typeof quantiles>> => {
      for (let i = 0; i < WARM_UP; i++) await write(-i - 1);
      const times: number[] = [];
      for (let i = 0; i < WRITES; i++) {
        times.push(await write(i));
        await sleep(PAUSE_MS, undefined, { signal });
      }
      const result = quantiles(times);
      tell(`${what}: p50 ${result.p50} ms, p99 ${result.p99} ms (${result.count} writes)`);
      return result;
    };
    return {
      restToWaitingRead: await measure('REST acknowledgement → waiting read', byRest),
      sqlToPolledRead: await measure('SQL commit → polled read', bySql),
    };
  } finally {
    await client.end();
  }
};

async function createUser(writeApiUrl: string): Promise<string> {
  const response = await fetch(`${writeApiUrl}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `latency.${Date.now()}@example.com`, fullName: 'Latency' }),
  });
  const { id } = (await response.json()) as { id?: string };
  if (id === undefined) throw new Error(`no user was made: ${response.status}`);
  return id;
}
