/** Rows 5 and 6: Kafka Connect killed under load, and in the middle of one large transaction. */
import { waitUntilRunning } from '../../../connectors/register.ts';
import { sourceProgress } from '../../../services/shared/lag/source-progress.ts';
import { connectorName, slotName } from '../../../services/shared/stream-names.ts';
import { waitFor } from '../../../stack/wait.ts';
import { connectClient } from '../../support/connector-control.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { nextProcess, openRunSystem, signalProcess } from '../../support/faults/run-system.ts';
import type { Pipeline } from '../../support/pipeline.ts';

const KILLS = 10;
const RUNNING_MS = 90_000;

export const connectKilled = faultRow({
  number: 5,
  name: `Connect kill -9 ×${KILLS} under load`,
  how: `Kafka Connect is killed ${KILLS} times, each time when the connector runs again and has passed on changes.`,
  boundMs: 120_000,
  timeoutMs: 900_000,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    for (let kills = 1; kills <= KILLS; kills++) {
      const pid = signalProcess('connect', 'SIGKILL');
      if (kills < KILLS) await flowsAgain(pipeline, pid);
    }
  },
});

const COPIED = 30_000;

export const killedInCopy = faultRow({
  number: 6,
  name: 'Connect kill -9 in COPY and interleaved transactions',
  how: `COPY of ${COPIED} users in one transaction, committed between interleaved ones; Connect is killed when part of it stands in the topic and the slot has not confirmed its end, and once more when it runs again.`,
  boundMs: 120_000,
  timeoutMs: 600_000,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    const before = await topicEnd(pipeline);
    // No shell words but these: the numbers are all that differs between the lines.
    await pipeline.sql.query(
      `copy users (email, full_name) from program 'seq -f "copy.%.0f.${Date.now()}@example.com;copied" ${COPIED}' with (format csv, delimiter ';')`,
    );
    const committed = await walEnd(pipeline);
    await waitFor(
      'part of the copied rows in the topic',
      async () => (await topicEnd(pipeline)) > before + COPIED / 10,
      { timeoutMs: RUNNING_MS, intervalMs: 5 },
    );
    const confirmed = (await progressOf(pipeline)) ?? 0;
    const pid = signalProcess('connect', 'SIGKILL');
    if (confirmed >= committed) throw new Error('the copy was confirmed before Connect was killed');
    await nextProcess('connect', pid);
    await runs();
    signalProcess('connect', 'SIGKILL');
  },
});

/** Resolves when Connect has another process, its connector runs, and the slot moves on. */
async function flowsAgain(pipeline: Pipeline, former: number): Promise<void> {
  await nextProcess('connect', former);
  await runs();
  const marker = await walEnd(pipeline);
  await waitFor('the slot to move on', async () => ((await progressOf(pipeline)) ?? 0) > marker, {
    timeoutMs: RUNNING_MS,
  });
}

async function runs(): Promise<void> {
  await waitFor(
    'the connector to run',
    () => waitUntilRunning(connectClient(), connectorName('profile'), RUNNING_MS).then(() => true),
    { timeoutMs: RUNNING_MS },
  );
}

async function progressOf({ sql, projection }: Pipeline): Promise<number | undefined> {
  return (await sourceProgress(sql, slotName(projection.stream))).slot?.confirmedLsn ?? undefined;
}

async function walEnd({ sql }: Pipeline): Promise<number> {
  const { rows } = await sql.query<{ lsn: number }>(
    "select (pg_current_wal_insert_lsn() - '0/0')::float8 as lsn",
  );
  return rows[0]?.lsn ?? Infinity;
}

async function topicEnd({ admin, projection }: Pipeline): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(projection.topic);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}
