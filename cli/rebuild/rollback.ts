/**
 * Puts the documents back that the last rebuild has replaced. They were fed all the while, so nothing is made and nothing is lost: when the
 * projectors stand aside, the kept documents pass what those had applied, and take their place in one act.
 */
import { randomBytes } from 'node:crypto';
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import { definitionId, definitionRecords } from '../../services/shared/definition-record.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { dropKept, forgetKept, keptRecords, readKept } from '../../services/shared/kept-documents.ts';
import type { KeptRecord } from '../../services/shared/kept-documents.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { RebuildControl } from '../../services/shared/rebuild-control.ts';
import { snapshotRecords, snapshotsId } from '../../services/shared/snapshot-record.ts';
import { projectorGroup } from '../../services/shared/stream-names.ts';
import { DeadlineError } from '../../stack/errors.ts';
import { waitFor } from '../../stack/wait.ts';
import { gapOf } from './gap-record.ts';
import { goOnFrom, whileHeld } from './hold.ts';
import { uuidOf } from './keep-old.ts';
import { takeLease } from './lease.ts';
import { RebuildError } from './rebuild-error.ts';
import { withServers } from './servers.ts';
import type { ServerAddresses, Servers } from './servers.ts';

export interface RollbackOptions extends ServerAddresses {
  readonly projection: Projection;
  /** Only says what would be done. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
}

export interface RollbackReport {
  readonly projection: string;
  /** Of the definition whose documents are live now. */
  readonly version: number;
  /** The one that they were swapped for. */
  readonly from: number;
  /** When they had been replaced. */
  readonly replacedAt: Date;
  /** From the moment at which the projectors were asked to stand aside until the documents were in place; null: it was not done. */
  readonly milliseconds: number | null;
}

/** What waits while everybody works; the rest is done while nobody does. */
const CATCH_UP_MS = 60_000;
const FED_MS = 15_000;
const POLL_MS = 20;
const NEARLY = 1000;

export async function rollback(options: RollbackOptions): Promise<RollbackReport> {
  const { projection, dryRun, signal, onNotice } = options;
  const { name } = projection;
  return withServers(options, async (servers) => {
    const { db, admin } = servers;
    const kept = await keptOf(db, projection);
    const built = await definitionRecords(db).findOne({ _id: definitionId(name) });
    const version = kept.definition.version;
    const report = { projection: name, version, from: built?.version ?? version, replacedAt: kept.at };
    await requireFed(admin, kept, projection, signal);
    if (dryRun) return { ...report, milliseconds: null };
    const control = db.collection<RebuildControl>(FRESHNESS_COLLECTION);
    const lease = await takeLease(control, name, randomBytes(4).toString('hex'), signal, onNotice);
    try {
      const ended = AbortSignal.any([signal, lease.signal]);
      await nearlyCaughtUp(admin, kept, projection, ended);
      const began = performance.now();
      let milliseconds = 0;
      await whileHeld({ admin, projection, lease, signal: ended }, async () => {
        const reached = await passed(servers, kept, projection, ended);
        await lease.renew(true);
        await putBack(db, kept, projection);
        milliseconds = Math.round(performance.now() - began);
        await restore(servers, kept, projection, report.from, reached);
      });
      await waitFor('the projectors to let go of what was kept', () => dropKept(db, admin, kept), {
        timeoutMs: CATCH_UP_MS,
        intervalMs: 200,
        signal: ended,
      });
      return { ...report, milliseconds };
    } finally {
      if (!lease.signal.aborted) await lease.release();
    }
  });
}

interface FoundKept extends KeptRecord {
  /** A rollback was killed when they were in place already: only the rest is to be done. */
  readonly inPlace: boolean;
}

/** @throws RebuildError when there is nothing to go back to. */
async function keptOf(db: Db, { name, resource, stream }: Projection): Promise<FoundKept> {
  const kept = await readKept(db, name);
  if (kept === null)
    throw new RebuildError(
      `nothing is kept of ${name}: only a rebuild with --keep-old can be rolled back, and only once`,
    );
  const inPlace = (await uuidOf(db, resource)) === kept.uuid;
  const gap = await gapOf(db, stream);
  if (gap !== null && gap.last > kept.at && !inPlace)
    throw new RebuildError(
      `what was kept of ${name} lacks changes that the stream has lost since: ${gap.why}`,
    );
  if (kept.over && !inPlace)
    throw new RebuildError(`what was kept of ${name} is over since ${kept.until.toISOString()}`);
  return { ...kept, inPlace };
}

/** Projectors look once a second whether there is something to feed. @throws RebuildError when none does. */
async function requireFed(
  admin: Admin,
  kept: FoundKept,
  { name }: Projection,
  signal: AbortSignal,
): Promise<void> {
  if (kept.inPlace) return;
  try {
    await waitFor(
      'a projector to feed the kept documents',
      async () => {
        const { groups } = await admin.describeGroups([kept.group]);
        return groups.some(({ members }) => members.length > 0);
      },
      { timeoutMs: FED_MS, intervalMs: 200, signal },
    );
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new RebuildError(
      `nobody feeds the documents that are kept: start a projector of version ${kept.definition.version} of ${name}`,
      { cause: error },
    );
  }
}

/** A little behind is nothing; much is waited for before anybody stands aside. */
async function nearlyCaughtUp(
  admin: Admin,
  kept: FoundKept,
  { topic }: Projection,
  signal: AbortSignal,
): Promise<void> {
  if (kept.inPlace) return;
  await waitFor(
    'the kept documents to catch up',
    async () => {
      const { lagEvents } = await topicProgress(admin, topic, kept.group);
      if (lagEvents > NEARLY) throw new Error(`${lagEvents} events behind`);
      return true;
    },
    { timeoutMs: CATCH_UP_MS, intervalMs: 200, signal },
  );
}

/**
 * Resolves when the kept documents hold all that the topic held at the call, and so all that the projectors had applied. Where they stand then is
 * noted: what is saved later for a collection that has gone is in no document, and is read again from there.
 */
async function passed(
  { db, admin }: Servers,
  kept: FoundKept,
  { topic }: Projection,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  if (kept.inPlace && kept.reached !== undefined)
    return new Map(Object.entries(kept.reached).map(([partition, offset]) => [Number(partition), offset]));
  const offsets = await admin.fetchTopicOffsets(topic);
  const ends = new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  const reached = await waitFor(
    'the kept documents to pass the live ones',
    async () => {
      const { partitions } = await topicProgress(admin, topic, kept.group);
      const isThere = partitions.every(({ partition, committed }) => committed >= (ends.get(partition) ?? 0));
      return isThere && new Map(partitions.map(({ partition, committed }) => [partition, committed]));
    },
    { timeoutMs: CATCH_UP_MS, intervalMs: POLL_MS, signal },
  );
  await keptRecords(db).updateOne(
    { _id: kept._id, collection: kept.collection },
    { $set: { reached: Object.fromEntries(reached) } },
    { writeConcern: { w: 'majority' } },
  );
  return reached;
}

/** In one act. Where a rollback was killed behind it, it is done already. */
async function putBack(
  db: Db,
  { collection, uuid, inPlace }: FoundKept,
  { resource }: Projection,
): Promise<void> {
  if (inPlace) return;
  if ((await uuidOf(db, collection)) !== uuid)
    throw new RebuildError(`the documents that were kept are not in ${collection} any more`);
  await db.renameCollection(collection, resource, { dropTarget: true, writeConcern: { w: 'majority' } });
}

/** What is noted beside the documents becomes what it was beside those. */
async function restore(
  servers: Servers,
  kept: FoundKept,
  { name, topic }: Projection,
  from: number,
  reached: ReadonlyMap<number, number>,
): Promise<void> {
  const { db } = servers;
  const { definition, snapshots } = kept;
  const { version } = definition;
  await goOnFrom(servers, { name, version, topic, group: projectorGroup(name, version) }, reached);
  const majority = { upsert: true, writeConcern: { w: 'majority' } } as const;
  await snapshotRecords(db).updateOne({ _id: snapshotsId(name) }, { $set: { lsns: snapshots } }, majority);
  const aside = from === version ? {} : { rolledBack: from };
  await definitionRecords(db).replaceOne({ _id: definitionId(name) }, { ...definition, ...aside }, majority);
  await forgetKept(db, kept);
}
