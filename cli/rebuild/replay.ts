/**
 * Has changes delivered again that are in the documents already. Each document knows the offset that it stands at, so nothing of it changes
 * (invariant 2): it is how to see that, to fill again what somebody has removed below a document's notice, or to try the way of a change.
 */
import { definitionId, definitionRecords } from '../../services/shared/definition-record.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { beginAct } from '../audit.ts';
import { goOnFrom, whileHeld } from './hold.ts';
import { withLease } from './lease.ts';
import { offsetsAt } from './offsets.ts';
import { placeReplay } from './replay-places.ts';
import type { ReplayFrom, ReplayPlace } from './replay-places.ts';
import { withRebuildServers } from './servers.ts';
import type { RebuildServers } from './servers.ts';
import type { Servers } from '../servers.ts';

export interface ReplayOptions extends RebuildServers {
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
  return withRebuildServers(options, async (servers) => {
    const { db, admin } = servers;
    if (dryRun) return toReport(projection, await placesOf(servers, projection, from));
    return withLease({ db, projection: name, signal, onNotice }, ({ lease, ended }) =>
      whileHeld({ admin, projection, lease, signal: ended }, async () => {
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
      }),
    );
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
    from.kind === 'time' ? await offsetsAt(admin, topic, from.at.getTime()) : new Map(),
  );
}
