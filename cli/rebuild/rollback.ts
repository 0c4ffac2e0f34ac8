/**
 * Puts the documents back that the last rebuild has replaced. They were fed all the while, so nothing is made and nothing is lost: when the
 * projectors stand aside, the kept documents pass what those had applied, and take their place in one act.
 */
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import { definitionId, definitionRecords } from '../../services/shared/definition-record.ts';
import { dropKept, forgetKept, keptRecords, readKept } from '../../services/shared/kept-documents.ts';
import type { KeptRecord } from '../../services/shared/kept-documents.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { replaceSnapshots } from '../../services/shared/snapshot-record.ts';
import { projectorGroup } from '../../services/shared/stream-names.ts';
import { DeadlineError } from '../../stack/errors.ts';
import { waitFor } from '../../stack/wait.ts';
import { audited } from '../audit.ts';
import { gapOf } from './gap-record.ts';
import { goOnFrom, whileHeld } from './hold.ts';
import { uuidOf } from './keep-old.ts';
import { withLease } from './lease.ts';
import type { Leased } from './lease.ts';
import { committedIn, toOffsets, topicEnds } from './offsets.ts';
import type { OffsetsByPartition } from './offsets.ts';
import { RebuildError } from './rebuild-error.ts';
import { withRebuildServers } from './servers.ts';
import type { RebuildServers } from './servers.ts';
import type { Servers } from '../servers.ts';

export interface RollbackOptions extends RebuildServers {
  readonly projection: Projection;
  /** Only says what would be done. */
  readonly dryRun: boolean;
  /** As the system knows whoever asked for it. */
  readonly by: string | undefined;
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
  const { projection, dryRun, by, signal, onNotice } = options;
  const { name } = projection;
  return withRebuildServers(options, async (servers) => {
    const { db, admin } = servers;
    const kept = await keptOf(db, projection);
    const built = await definitionRecords(db).findOne({ _id: definitionId(name) });
    const version = kept.definition.version;
    const report = { projection: name, version, from: built?.version ?? version, replacedAt: kept.at };
    await requireFed(admin, kept, projection, signal);
    if (dryRun) return { ...report, milliseconds: null };
    const work = async ({ lease, ended }: Leased): Promise<RollbackReport> => {
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
    };
    return withLease({ db, projection: name, signal, onNotice }, (leased) =>
      audited(
        db,
        name,
        { act: 'rollback', by },
        () => work(leased),
        () => `the documents of before ${kept.at.toISOString()}, of version ${version}, are in place`,
      ),
    );
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
): Promise<OffsetsByPartition> {
  if (kept.inPlace && kept.reached !== undefined) return toOffsets(kept.reached);
  const ends = await topicEnds(admin, topic);
  const reached = await waitFor(
    'the kept documents to pass the live ones',
    async () => {
      const { partitions } = await topicProgress(admin, topic, kept.group);
      const isThere = partitions.every(({ partition, committed }) => committed >= (ends.get(partition) ?? 0));
      return isThere && committedIn(partitions);
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
  reached: OffsetsByPartition,
): Promise<void> {
  const { db } = servers;
  const { definition, snapshots } = kept;
  const { version } = definition;
  await goOnFrom(servers, { name, version, topic, group: projectorGroup(name, version) }, reached);
  await replaceSnapshots(db, name, snapshots);
  const aside = from === version ? {} : { rolledBack: from };
  await definitionRecords(db).replaceOne(
    { _id: definitionId(name) },
    { ...definition, ...aside },
    { upsert: true, writeConcern: { w: 'majority' } },
  );
  await forgetKept(db, kept);
}
