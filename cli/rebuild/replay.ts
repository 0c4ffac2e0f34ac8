/**
 * Has changes delivered again that are in the documents already. Each document knows the offset that it stands at, so nothing of it changes
 * (invariant 2): it is how to see that, to fill again what somebody has removed below a document's notice, or to try the way of a change.
 */
import { randomBytes } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { definitionId, definitionRecords } from '../../services/shared/definition-record.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { RebuildControl } from '../../services/shared/rebuild-control.ts';
import { beginAct } from '../audit.ts';
import { goOnFrom, whileHeld } from './hold.ts';
import { takeLease } from './lease.ts';
import { placeReplay } from './replay-places.ts';
import type { ReplayFrom, ReplayPlace } from './replay-places.ts';
import { withServers } from './servers.ts';
import type { ServerAddresses, Servers } from './servers.ts';

export interface ReplayOptions extends ServerAddresses {
  readonly projection: Projection;
  readonly from: ReplayFrom;
  /** Only says what would be done. */
  readonly dryRun: boolean;
  /** Who runs it, for the audit. */
  readonly by: string | undefined;
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
}

export interface ReplayReport {
  readonly projection: string;
  readonly places: readonly ReplayPlace[];
  /** Offsets that are delivered again; markers count. */
  readonly again: number;
}

export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { projection, from, dryRun, by, signal, onNotice } = options;
  const { name } = projection;
  return withServers(options, async (servers) => {
    const { db, admin } = servers;
    if (dryRun) return toReport(projection, await placesOf(servers, projection, from));
    const control = db.collection<RebuildControl>(FRESHNESS_COLLECTION);
    const lease = await takeLease(control, name, randomBytes(4).toString('hex'), signal, onNotice);
    try {
      const ended = AbortSignal.any([signal, lease.signal]);
      return await whileHeld({ admin, projection, lease, signal: ended }, async () => {
        const places = await placesOf(servers, projection, from);
        const report = toReport(projection, places);
        if (report.again === 0) return report;
        const of = places.map(({ partition, begin }) => `${partition}:${begin}`);
        const end = await beginAct(db, name, { act: 'replay', of, ...(by !== undefined && { by }) });
        await lease.renew(true);
        await goOnFrom(
          servers,
          projection,
          new Map(places.map(({ partition, begin }) => [partition, begin])),
        );
        await end({ healed: 0, failing: 0, applied: 0, discarded: 0, again: report.again });
        return report;
      });
    } finally {
      if (!lease.signal.aborted) await lease.release();
    }
  });
}

function toReport({ name }: Projection, places: readonly ReplayPlace[]): ReplayReport {
  const again = places.reduce((sum, { begin, committed }) => sum + committed - begin, 0);
  return { projection: name, places, again };
}

async function placesOf(
  { db, admin }: Servers,
  { name, topic, group }: Projection,
  from: ReplayFrom,
): Promise<readonly ReplayPlace[]> {
  const built = await definitionRecords(db).findOne({ _id: definitionId(name) });
  const { partitions } = await topicProgress(admin, topic, group);
  return placeReplay(
    from,
    partitions.map((each) => ({ ...each, oldest: Math.max(each.low, built?.from?.[each.partition] ?? 0) })),
    from.kind === 'time' ? await offsetsAt(admin, topic, from.at) : new Map(),
  );
}

/** Partition → the first offset that Kafka took at that time, or later. */
async function offsetsAt(admin: Admin, topic: string, at: Date): Promise<ReadonlyMap<number, number>> {
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, at.getTime());
  return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
}
