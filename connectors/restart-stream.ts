/**
 * Makes a stream run again whatever has become of it: connector gone or failed, slot dropped or lost, offsets gone. What it missed it does not
 * bring back; the documents are copied from the source afterwards (rebuild), so a stream that starts anew reads no snapshot.
 */
import type { Admin } from 'kafkajs';
import type { Pool } from 'pg';
import type {
  ConnectClient,
  ConnectorConfig,
  ConnectorOffset,
} from '../services/shared/connect/connect-client.ts';
import { failureOf } from '../services/shared/connect/connector-status.ts';
import { sourceProgress } from '../services/shared/lag/source-progress.ts';
import { waitFor } from '../stack/wait.ts';
import { WITHOUT_SNAPSHOT } from './connector-config.ts';
import { registerConnector, waitUntilRunning, waitUntilState } from './register.ts';

export interface StreamPlaces {
  readonly connect: ConnectClient;
  /** Of a role that may drop the slot. */
  readonly pool: Pool;
  readonly connector: string;
  readonly slot: string;
  readonly config: ConnectorConfig;
  readonly signal: AbortSignal;
}

const DEADLINE_MS = 60_000;
/** The rows of the first snapshot are many, and whoever waits can give up. */
const SNAPSHOT_DEADLINE_MS = 24 * 3_600_000;
const POLL_MS = 200;

/** Why the stream cannot go on from where it was; null when it can. Changes nothing, and knows less while there is no connector. */
export async function brokenStream({
  connect,
  pool,
  connector,
  slot,
}: Omit<StreamPlaces, 'config' | 'signal'>): Promise<string | null> {
  const found = (await sourceProgress(pool, slot)).slot;
  if (found === null) return `the slot ${slot} is absent`;
  if (found.walStatus === 'lost') return `the slot ${slot} is lost`;
  if ((await connect.status(connector)) === null) return null;
  return (await connect.offset(connector)) === null ? `${connector} has no offset` : null;
}

/** A connector that was there before and cannot go on: registering it would leave out changes, or read the tables once more. */
export class StreamLostError extends Error {
  override readonly name = 'StreamLostError';
}

/**
 * To be asked before a connector is registered. It may begin with a snapshot only where nothing has come of it yet: no offset, no slot and
 * no change in its topic. @throws StreamLostError where it neither begins nor can go on.
 */
export async function refuseLostStream(
  places: Omit<StreamPlaces, 'signal'>,
  admin: Admin,
  topic: string,
): Promise<void> {
  const { connect, connector, config, pool, slot } = places;
  const isNew = await isAbsent(places);
  if (isNew) {
    // Stopped, because Connect tells the offsets that it has kept only of a connector that is there.
    await connect.createStopped(connector, config);
    await waitUntilState(connect, connector, 'STOPPED', DEADLINE_MS);
  }
  const lost = await lostStream();
  if (lost === null) return;
  if (isNew) await connect.delete(connector);
  throw new StreamLostError(lost);

  async function lostStream(): Promise<string | null> {
    const found = (await sourceProgress(pool, slot)).slot;
    if (found?.walStatus === 'lost') return `the slot ${slot} is lost`;
    if ((await connect.offset(connector)) !== null)
      return found === null ? `the slot ${slot} is absent` : null;
    // One that is registered already may be in its first snapshot, or have died in it.
    if (!isNew) return null;
    if (found !== null) return `Connect has no offset for ${connector}, and its slot ${slot} is there`;
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.some(({ high }) => Number(high) > 0)
      ? `Connect has no offset for ${connector}, and its topic ${topic} holds changes`
      : null;
  }
}

/**
 * Resolves when the connector streams: RUNNING, its slot active, and no snapshot under way.
 * Returns why it had to start anew, or null.
 */
export async function restartStream(places: StreamPlaces): Promise<string | null> {
  const { connect, connector, config } = places;
  if (await isAbsent(places)) {
    // Stopped, because what it would do depends on offsets that can be read only once it is there.
    await connect.createStopped(connector, config);
    await waitUntilState(connect, connector, 'STOPPED', DEADLINE_MS);
  }
  const broken = await brokenStream(places);
  if (broken !== null) await startAnew(places);
  await registerConnector(connect, connector, config, DEADLINE_MS);
  await waitUntilStreaming(places);
  return broken;
}

/** By its configuration: its status outlives it for a moment. */
async function isAbsent({ connect, connector }: Omit<StreamPlaces, 'signal'>): Promise<boolean> {
  return (await connect.config(connector)) === null;
}

async function startAnew(places: StreamPlaces): Promise<void> {
  const { connect, connector, config } = places;
  await connect.stop(connector);
  await waitUntilState(connect, connector, 'STOPPED', DEADLINE_MS);
  await connect.deleteOffsets(connector);
  await dropSlot(places);
  await connect.put(connector, { ...config, ...WITHOUT_SNAPSHOT });
  await connect.resume(connector);
  await waitUntilRunning(connect, connector, DEADLINE_MS);
  // Once it has an offset in the stream, the usual configuration starts no snapshot either.
  await waitUntilStreaming(places);
}

async function dropSlot({ pool, slot, signal }: StreamPlaces): Promise<void> {
  await waitFor(
    `the slot ${slot} to be free`,
    async () => {
      const found = (await sourceProgress(pool, slot)).slot;
      if (found?.active === true) return false;
      if (found !== null) await pool.query('select pg_drop_replication_slot($1)', [slot]);
      return true;
    },
    { timeoutMs: DEADLINE_MS, intervalMs: POLL_MS, signal },
  );
}

async function waitUntilStreaming({ connect, pool, connector, slot, signal }: StreamPlaces): Promise<void> {
  const keepRunning = createReviver(connect, connector);
  await waitFor(
    `the slot ${slot} to be active`,
    async () => {
      await keepRunning();
      return (await sourceProgress(pool, slot)).slot?.active === true;
    },
    { timeoutMs: DEADLINE_MS, intervalMs: POLL_MS, signal },
  );
  await waitFor(
    `${connector} to have an offset in the stream`,
    async () => {
      await keepRunning();
      return isStreaming(await connect.offset(connector));
    },
    { timeoutMs: SNAPSHOT_DEADLINE_MS, intervalMs: POLL_MS, signal },
  );
}

const REVIVE_MS = 5000;

/**
 * Each call starts failed tasks again, at most every 5 s: a task dies for good when its topic is deleted under it, and Connect never tries
 * again by itself.
 */
export function createReviver(connect: ConnectClient, connector: string): () => Promise<void> {
  let lastAt = -Infinity;
  return async () => {
    if (performance.now() - lastAt < REVIVE_MS) return;
    const status = await connect.status(connector);
    if (status === null || failureOf(status) === null) return;
    lastAt = performance.now();
    await connect.restartFailed(connector);
  };
}

/** The offsets of a snapshot under way say so. */
function isStreaming(offset: ConnectorOffset | null): boolean {
  return offset !== null && (offset['snapshot'] === undefined || offset['snapshot'] === false);
}
