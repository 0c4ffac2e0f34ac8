/** Runs one row: load, fault, recovery, oracle. What it returns is what docs/faults.md shows; whatever is wrong is thrown. */
import { setTimeout as sleep } from 'node:timers/promises';
import profile from '../../../projections/profile.ts';
import { topicProgress } from '../../../services/shared/lag/topic-progress.ts';
import { waitFor } from '../../../stack/wait.ts';
import type { Pipeline } from '../pipeline.ts';
import { compareDocuments, compareServed } from '../oracle.ts';
import { newSeed } from '../workload/settings.ts';
import { lostCommands, startWorkload } from '../workload/workload.ts';
import type { Workload } from '../workload/workload.ts';
import type { FaultRow, Place } from './fault-row.ts';

export interface RowResult {
  /** From the end of the fault until users written after it are all served. */
  readonly recoveryMs: number;
  readonly faultMs: number;
  /** Commands and transactions that were acknowledged, in all and while the fault lasted. */
  readonly acknowledged: number;
  readonly inside: number;
  readonly documents: number;
  readonly served: number;
  readonly reads: number;
  readonly seed: number;
}

const WORKERS = { restWriters: 3, sqlWriters: 2, watchers: 2 };
/** Enough that no partition is left out. */
export const PROBES = 32;
const AFTERWARDS_MS = 1500;
const SETTLE_MS = 120_000;
/** A fault that lasts longer than this must have seen writes. */
const LONG_FAULT_MS = 3000;

export class FaultFound extends Error {
  override readonly name = 'FaultFound';
}

export async function runRow(row: FaultRow): Promise<RowResult> {
  const { place, inject } = await row.start();
  try {
    const result = await underLoad(row, place, inject);
    // The next row compares its own documents, not those of all rows before it.
    await place.pipeline.sql.query('delete from users');
    await place.pipeline.settled(SETTLE_MS);
    await trimTopic(place.pipeline);
    return result;
  } finally {
    await place.close();
  }
}

/**
 * A read side of the next row's own begins with all that the topic holds, and of all users none is left. Not within a transaction: a
 * child's delete without its root's would leave a document that waits.
 */
async function trimTopic({ admin, projection }: Pipeline): Promise<void> {
  const { topic } = projection;
  const groups = topic === profile.topic ? [projection.group, profile.group] : [projection.group];
  await waitFor(
    'all groups to have read the topic to its end',
    async () => {
      const each = await Promise.all(groups.map((group) => topicProgress(admin, topic, group)));
      return each.every(({ lagEvents }) => lagEvents === 0);
    },
    { timeoutMs: SETTLE_MS },
  );
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({
    topic,
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  });
}

async function underLoad(row: FaultRow, place: Place, inject: () => Promise<void>): Promise<RowResult> {
  const { pipeline } = place;
  const seed = newSeed();
  const begin = (): Workload =>
    startWorkload(pipeline, place, { ...WORKERS, seed, ...(row.pauseMs && { pauseMs: row.pauseMs }) });
  let workload = row.idle === true ? undefined : begin();
  try {
    if (workload && row.silent !== true) await arriving(place);
    const before = workload?.acknowledged() ?? 0;
    const injected = performance.now();
    await inject();
    const over = performance.now();
    const inside = (workload?.acknowledged() ?? 0) - before;
    workload ??= begin();
    await servedAnew(place, row.boundMs);
    const recovered = performance.now();
    await sleep(AFTERWARDS_MS);
    const acknowledged = workload.acknowledged();
    const verdict = await judge(place, workload);
    const faultMs = over - injected;
    if (row.idle !== true && faultMs > LONG_FAULT_MS && inside === 0)
      throw new FaultFound('nothing was written while the fault lasted');
    return {
      recoveryMs: Math.round(recovered - over),
      faultMs: Math.round(faultMs),
      acknowledged,
      inside,
      ...verdict,
      seed,
    };
  } finally {
    await workload?.stop();
  }
}

/** Ends the load and asks the oracle. @throws FaultFound with everything that it does not like. */
export async function judge(
  { pipeline, writeApiUrl, readApiUrl }: Place,
  workload: Workload,
): Promise<Pick<RowResult, 'documents' | 'served' | 'reads'>> {
  const report = await workload.stop();
  await waitFor('both APIs to answer', () => bothAnswer(writeApiUrl, readApiUrl), { timeoutMs: SETTLE_MS });
  await pipeline.settled(SETTLE_MS);
  const documents = await compareDocuments(pipeline);
  const served = await compareServed(pipeline, readApiUrl, report.people.gone);
  const complaints = {
    documents: documents.wrong,
    served: served.wrong,
    lost: await lostCommands(pipeline, report.people),
    backwards: report.backwards,
    rest: report.rest.flatMap(({ unexpected }) => unexpected),
    sql: report.sql.flatMap(({ unexpected }) => unexpected),
  };
  const told = Object.entries(complaints).flatMap(([kind, lines]) =>
    lines.length === 0 ? [] : [`${lines.length} × ${kind}: ${lines.slice(0, 5).join('\n  ')}`],
  );
  if (told.length > 0) throw new FaultFound(told.join('\n'));
  return { documents: documents.compared, served: served.compared, reads: report.reads };
}

/** The fault must fall into the load, not before it. */
async function arriving({ pipeline: { documents } }: Place): Promise<void> {
  const before = await documents.estimatedDocumentCount();
  await waitFor('documents to arrive', async () => (await documents.estimatedDocumentCount()) > before + 20, {
    timeoutMs: 60_000,
  });
}

async function servedAnew({ pipeline, readApiUrl }: Place, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const ids = await waitFor(
    'Postgres to take a transaction',
    async () => {
      const { rows } = await pipeline.sql.query<{ id: string }>(
        "insert into users (email, full_name) select gen_random_uuid() || '@example.com', 'after the fault' from generate_series(1, $1) returning id::text as id",
        [PROBES],
      );
      return rows.map(({ id }) => id);
    },
    { timeoutMs },
  );
  const waiting = new Set(ids);
  const probe = async (): Promise<boolean> => {
    for (const id of waiting) {
      const response = await fetch(`${readApiUrl}/${pipeline.projection.resource}/${id}`, {
        signal: AbortSignal.timeout(5000),
      });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${waiting.size} users are not served`);
      waiting.delete(id);
    }
    return true;
  };
  await waitFor(`${PROBES} users written after the fault to be served`, probe, {
    timeoutMs: Math.max(0, deadline - performance.now()),
  });
}

async function bothAnswer(...urls: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    urls.map((url) => fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3000) })),
  );
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  return answers.every(({ ok }) => ok);
}
