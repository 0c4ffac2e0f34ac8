/** A stream of a row's own on the run's servers: connector, slot, topic, projector and read API that may all be broken. */
import { fileURLToPath } from 'node:url';
import { prepareTopics, registerConnectors } from '../../../cli/local/deploy.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../../connectors/topics.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { slotName } from '../../../services/shared/stream-names.ts';
import { waitFor } from '../../../stack/wait.ts';
import snapshot from '../../fixtures/projections/profile-snapshot.ts';
import { startCli } from '../cli.ts';
import { dropStream } from '../drop-stream.ts';
import type { Pipeline } from '../pipeline.ts';
import { stackEndpoints, testDataDir } from '../stack.ts';
import { openReadSide } from './read-side.ts';
import type { ReadSide } from './read-side.ts';

export const OWN_STREAM_FILE = fileURLToPath(
  new URL('../../fixtures/projections/profile-snapshot.ts', import.meta.url),
);

export const BYSTANDER = 'there before';
const SLOT_MS = 60_000;
/** From the stall until health must say so (issue "Never wrong, never stuck"). */
const TOLD_MS = 10_000;

/** `rows`: users that are there before. Without a connector yet. */
export async function openOwnStream(rows = 0): Promise<ReadSide> {
  const settings = { ...DEFAULT_TOPIC_SETTINGS, partitions: 4 };
  const { kafkaBrokers } = stackEndpoints();
  await prepareTopics(kafkaBrokers, [snapshot], settings, createLogger('own-stream', 'silent'));
  const side = await openReadSide({
    projection: { file: 'profile-snapshot.ts', is: snapshot },
    settle: false,
  });
  await addBystanders(side.pipeline, rows);
  return {
    ...side,
    close: async () => {
      await side.stopProjectors();
      await dropStream(side.pipeline);
      await side.close();
    },
  };
}

export async function openRunningStream(): Promise<ReadSide> {
  const side = await openOwnStream(100);
  try {
    await registerConnectors(stackEndpoints().connectUrl, [snapshot]);
    await side.pipeline.settled();
    return side;
  } catch (error) {
    await side.close();
    throw error;
  }
}

/** Takes the slot away under a connector that may hold it. */
export async function dropSlot({ sql, projection }: Pipeline): Promise<void> {
  const slot = slotName(projection.stream);
  await waitFor(
    `${slot} to be dropped`,
    async () => {
      await sql.query(
        'select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active',
        [slot],
      );
      const { rowCount } = await sql.query(
        'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active',
        [slot],
      );
      return rowCount === 1;
    },
    { timeoutMs: SLOT_MS, intervalMs: 5 },
  );
}

/** Users that no writer knows, so that none of their commands is missed when they are deleted. */
export async function addBystanders({ sql }: Pipeline, count: number): Promise<void> {
  await sql.query(
    'insert into users (email, full_name) select gen_random_uuid() || $2, $3 from generate_series(1, $1)',
    [count, '@example.com', BYSTANDER],
  );
}

/** Where nothing will ever tell of it, their documents stay as ghosts until a rebuild. */
export async function deleteBystanders({ sql }: Pipeline, count: number): Promise<void> {
  const { rowCount } = await sql.query(
    'delete from users where id in (select id from users where full_name = $2 limit $1)',
    [count, BYSTANDER],
  );
  if (rowCount !== count) throw new Error(`${rowCount} of ${count} bystanders were deleted`);
}

/** @throws Error when /readyz does not turn unready in time, or says nothing of `reason`. */
export async function saysWhy(projectorUrl: string, reason: RegExp): Promise<void> {
  await waitFor(
    `/readyz to say ${String(reason)}`,
    async () => {
      const response = await fetch(`${projectorUrl}/readyz`, { signal: AbortSignal.timeout(2000) });
      const text = await response.text();
      if (response.status !== 503 || !reason.test(text)) throw new Error(`${response.status} ${text}`);
      return true;
    },
    { timeoutMs: TOLD_MS, intervalMs: 250 },
  );
}

/** Resolves when health warns of `code`, ready or not. */
export async function warnsOf(projectorUrl: string, code: string, timeoutMs: number): Promise<void> {
  await waitFor(
    `health to warn of ${code}`,
    async () => {
      const response = await fetch(`${projectorUrl}/readyz`, { signal: AbortSignal.timeout(2000) });
      const { health } = (await response.json()) as {
        readonly health: { readonly warnings: ReadonlyArray<{ readonly code: string }> };
      };
      return health.warnings.some((warning) => warning.code === code);
    },
    { timeoutMs, intervalMs: 250 },
  );
}

/** `readside rebuild`, as a person runs it. `projection`: a name, or a file. */
export async function rebuildNow(projection = OWN_STREAM_FILE, dataDir = testDataDir()): Promise<void> {
  const { code, stdout, stderr } = await startCli(['rebuild', projection], dataDir).done;
  if (code !== 0) throw new Error(`rebuild: exit ${code}\n${stdout}${stderr}`);
}
