/** Rows 8, 9, 21, 24 and 26: the broker and Postgres killed, stopped, kept idle and held open. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { slotName } from '../../../services/shared/stream-names.ts';
import { waitFor } from '../../../stack/wait.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { nextProcess, openRunSystem, signalProcess } from '../../support/faults/run-system.ts';
import { addUser } from '../../support/rows.ts';
import { createTestDatabase } from '../../support/test-database.ts';

const MB = 1024 * 1024;

export const brokerKilled = faultRow({
  number: 8,
  name: 'Broker kill -9 and back',
  how: 'The only broker is killed, three times, each time when it runs again and has been up for some seconds.',
  boundMs: 120_000,
  open: openRunSystem,
  inject: async () => {
    for (let kills = 0; kills < 3; kills++) {
      if (kills > 0) await sleep(8000);
      const pid = signalProcess('kafka', 'SIGKILL');
      if (kills < 2) await nextProcess('kafka', pid);
    }
  },
});

export const brokerStopped = faultRow({
  number: 9,
  name: 'Broker SIGSTOP 60 s',
  how: 'The broker takes connections and answers nothing for 60 s.',
  boundMs: 180_000,
  timeoutMs: 600_000,
  open: openRunSystem,
  inject: async () => {
    const pid = signalProcess('kafka', 'SIGSTOP');
    try {
      await sleep(60_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  },
});

export const postgresKilled = faultRow({
  number: 21,
  name: 'Postgres kill -9',
  how: 'The server is killed, twice; the second time as soon as it takes transactions again.',
  boundMs: 120_000,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    const pid = signalProcess('postgres', 'SIGKILL');
    await nextProcess('postgres', pid);
    await waitFor('a transaction', () => addUser(pipeline.sql), { timeoutMs: 60_000 });
    signalProcess('postgres', 'SIGKILL');
  },
});

const NEIGHBOUR_MB = 256;
const HELD_BACK_MB = 64;

export const idleDatabase = faultRow({
  number: 24,
  name: 'Idle database, busy neighbour',
  how: `Nobody writes to the source while another database of the same server writes ${NEIGHBOUR_MB} MB of WAL: the slot must hold back no more than ${HELD_BACK_MB} MB within a minute, by heartbeats alone.`,
  boundMs: 30_000,
  idle: true,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    const neighbour = await createTestDatabase({ migrated: false });
    try {
      await neighbour.admin.query('create table filler (n int, filler text)');
      const from = await retainedMb();
      for (let written = 0; written < NEIGHBOUR_MB; written += 16)
        await neighbour.admin.query(
          'insert into filler select n, repeat(md5(n::text), 32) from generate_series(1, 16000) n',
        );
      await waitFor(
        `no more than ${HELD_BACK_MB} MB of WAL held back`,
        async () => {
          const held = await retainedMb();
          if (held > HELD_BACK_MB) throw new Error(`${Math.round(held)} MB (${Math.round(from)} before)`);
          return true;
        },
        { timeoutMs: 60_000, intervalMs: 500 },
      );
    } finally {
      await neighbour.drop();
    }

    async function retainedMb(): Promise<number> {
      // A restart point moves only with a checkpoint's or a standby's snapshot record, which an idle server writes each 15 s.
      const { rows } = await pipeline.sql.query<{ held: number }>(
        'select (pg_current_wal_lsn() - restart_lsn)::float8 as held from pg_replication_slots where slot_name = $1',
        [slotName(pipeline.projection.stream)],
      );
      return (rows[0]?.held ?? Infinity) / MB;
    }
  },
});

export const longTransaction = faultRow({
  number: 26,
  name: 'Long transaction open across restarts',
  how: 'A transaction writes 50 users, stays open while Connect, the projector and the broker are killed one after the other, writes again and commits.',
  boundMs: 120_000,
  timeoutMs: 600_000,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    const client = new Client({ connectionString: pipeline.sql.options.connectionString });
    await client.connect();
    try {
      await client.query('begin');
      const ids: string[] = [];
      for (let n = 0; n < 50; n++) ids.push(await addUser(client, { full_name: 'before the restarts' }));
      for (const name of ['connect', 'projector', 'kafka'] as const) {
        const pid = signalProcess(name, 'SIGKILL');
        await nextProcess(name, pid);
        await sleep(5000);
      }
      await client.query("update users set full_name = 'after the restarts' where id = any ($1)", [ids]);
      await client.query('delete from users where id = any ($1)', [ids.slice(0, 10)]);
      await client.query('commit');
    } finally {
      await client.end();
    }
  },
});
