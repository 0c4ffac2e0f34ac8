/**
 * Brings a history through two projectors by a schedule, and looks at every document that is written: it must be what the source had
 * told at that very offset, and ahead of the one before it; what it was refused must lie in the dead letters by then. Throws at the first that is not.
 */
import profile from '../../../projections/profile.ts';
import type { RawChange } from '../../../services/projector/change-feed.ts';
import { parseLossless } from '../../../services/shared/lossless-json.ts';
import type { ChangeEvent } from '../../../services/shared/projection/change-event.ts';
import { toServedJson } from '../../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../../services/shared/stored-document.ts';
import type { History } from '../arbitrary-history.ts';
import { USERS } from '../arbitrary-history.ts';
import { differences } from '../same-json.ts';
import { PARTITIONS, PROJECTORS } from './arbitrary-schedule.ts';
import type { Schedule, ScheduledEvent } from './arbitrary-schedule.ts';
import { createLane } from './lane.ts';
import type { Lane } from './lane.ts';
import { createModelStore } from './model-store.ts';
import type { Missing } from './model-store.ts';
import { toldDocuments } from './told-documents.ts';
import type { Told } from './told-documents.ts';

/** A partition, as the broker sees it. */
interface Standing {
  owner: Lane | null;
  /** Index in the log. */
  committed: number;
}

/** Offsets have gaps: transaction markers take some. */
const GAP = 2;

export async function runHistory(history: History, schedule: Schedule, missing?: Missing): Promise<void> {
  const told = toldDocuments(history.changes, schedule.damaged);
  const store = createModelStore((before, after) => checkWritten(before, after), missing);
  const logs = logsOf(history.changes, schedule.damaged);
  const projectors = times(PROJECTORS, () => times(PARTITIONS, (partition) => createLane(store, partition)));
  const group: Standing[] = logs.map(() => ({ owner: null, committed: 0 }));
  const lateSaves: Array<() => void> = [];

  function checkWritten(before: StoredDocument | undefined, after: StoredDocument): void {
    const { _id: id, _sync } = after;
    const [offset = -1] = Object.values(_sync.at);
    const [earlier = -1] = Object.values(before?._sync.at ?? {});
    if (offset <= earlier) throw new Error(`${id} went back from offset ${earlier} to ${offset}`);
    const change = history.changes[offset / GAP];
    const expected = told[offset / GAP];
    if (change?.key !== id || !expected)
      throw new Error(`${id} stands at ${offset}, a change of ${change?.key}`);
    checkAside(after, expected);
    if (_sync.phase !== expected.phase)
      throw new Error(`${id} at ${offset} is ${_sync.phase}, the source says ${expected.phase}`);
    if (expected.served !== null) compare(after, expected.served);
    else if (_sync.phase === 'deleted' && Object.keys(after).length !== 2)
      throw new Error(`the tombstone of ${id} holds ${Object.keys(after).join(', ')}`);
  }

  /** The mark names the first that was refused; that and all after it are in the dead letters before the mark is written. */
  function checkAside({ _id: id, _sync }: StoredDocument, { aside }: Told): void {
    const [offset = -1] = Object.values(_sync.at);
    const { first, changes = 0 } = _sync.quarantine ?? {};
    if ((first?.offset ?? null) !== (aside && aside.first * GAP) || changes !== (aside?.changes ?? 0))
      throw new Error(`${id} at ${offset} has ${changes} changes aside from ${first?.offset}`);
    for (const [i, { key }] of history.changes.entries())
      if (aside && key === id && i >= aside.first && i * GAP <= offset && !store.letters.has(i * GAP))
        throw new Error(`${id} at ${offset}: change ${i * GAP} is neither in it nor in the dead letters`);
  }

  async function goOn(lane: Lane, partition: number, few: number): Promise<void> {
    if (lane.busy()) return lane.step(few);
    const changes = lane.owns ? (logs[partition] ?? []).slice(lane.position, lane.position + few) : [];
    if (changes.length === 0) return;
    const next = lane.position + changes.length;
    if (missing === 'write before commit') commit(lane, partition, next);
    await lane.begin(missing === 'the order' ? changes.toReversed() : changes);
  }

  /** The broker takes no commit from a member that has lost the partition; and so the member learns it. */
  function commit(lane: Lane, partition: number, position = lane.position): void {
    const standing = group[partition];
    if (!standing || !lane.owns) return;
    if (standing.owner === lane) standing.committed = position;
    else revoke(lane);
  }

  function revoke(lane: Lane): void {
    lane.owns = false;
    lane.revoke();
  }

  function assign(partition: number, lane: Lane | undefined, isTold: boolean): void {
    const standing = group[partition];
    if (!standing || !lane) return;
    if (isTold && standing.owner) revoke(standing.owner);
    lane.revoke(); // what it still does from an earlier assignment no longer counts
    standing.owner = lane;
    lane.owns = true;
    lane.position = standing.committed;
  }

  async function crash(projector: number, late: boolean): Promise<void> {
    for (const [partition, lane] of (projectors[projector] ?? []).entries()) {
      const left = await lane.breakOff();
      if (late) lateSaves.push(...left);
      lane.owns = group[partition]?.owner === lane;
      lane.position = group[partition]?.committed ?? 0;
    }
  }

  async function happen(event: ScheduledEvent): Promise<void> {
    if (event.do === 'crash') return crash(event.projector, event.late);
    if (event.do === 'late save') return lateSaves.splice(0, event.few).forEach((save) => save());
    if (event.do === 'assign')
      return assign(event.partition, projectors[event.projector]?.[event.partition], event.told);
    if (event.do === 'rewind') {
      const standing = group[event.partition];
      if (standing) standing.committed = Math.max(0, standing.committed - event.back);
      return;
    }
    const lane = projectors[event.projector]?.[event.partition];
    if (!lane) return;
    if (event.do === 'go on') await goOn(lane, event.partition, event.few);
    else if (event.do === 'commit') commit(lane, event.partition);
    else await lane.breakOff();
  }

  /** A third projector, which nothing disturbs, brings the rest. */
  async function deliverRest(): Promise<void> {
    for (const [partition, log] of logs.entries()) {
      const lane = createLane(store, partition);
      assign(partition, lane, false);
      while (lane.busy() || lane.position < log.length) await goOn(lane, partition, 5);
    }
  }

  async function letZombiesFinish(): Promise<void> {
    for (const lane of projectors.flat()) while (lane.busy()) await lane.step(1);
    for (const save of lateSaves.splice(0)) save();
  }

  for (const [partition] of logs.entries())
    assign(partition, projectors[partition % PROJECTORS]?.[partition], true);
  for (const event of schedule.events) await happen(event);
  if (!schedule.zombiesLast) await letZombiesFinish();
  await deliverRest();
  await letZombiesFinish();
  checkEnd(history, told, store.documents);
}

/** All is delivered: each document stands at its last change, and where none was damaged it is what the database's own rows make. */
function checkEnd(
  { changes, documents }: History,
  told: readonly Told[],
  stored: ReadonlyMap<string, StoredDocument>,
): void {
  for (const id of USERS) {
    const last = changes.findLastIndex(({ key }) => key === id);
    const document = stored.get(id);
    const [offset = -GAP] = Object.values(document?._sync.at ?? {});
    if (offset !== last * GAP) throw new Error(`${id} ended at offset ${offset}, its last is ${last * GAP}`);
    if (told[last]?.aside) continue; // looked at when it was written
    const expected = documents.get(id);
    if (document && expected) compare(document, expected);
    else if (expected || document?._sync.phase === 'live') throw new Error(`${id} is missing or extra`);
  }
}

function compare(document: StoredDocument, expected: object): void {
  const [first] = differences(expected, parseLossless(toServedJson(profile, document)));
  if (first !== undefined) throw new Error(`${document._id} ${JSON.stringify(document._sync.at)}: ${first}`);
}

/** The topic: the first two users share nothing, the first and the third share a partition. */
function logsOf(
  changes: readonly ChangeEvent[],
  damaged: readonly number[],
): ReadonlyArray<readonly RawChange[]> {
  return times(PARTITIONS, (partition) =>
    changes.flatMap((change, i) =>
      USERS.indexOf(change.key) % PARTITIONS === partition
        ? [damaged.includes(i) ? unreadable(toRaw(change, i * GAP)) : toRaw(change, i * GAP)]
        : [],
    ),
  );
}

function toRaw({ table, op, key, before, after, source }: ChangeEvent, offset: number): RawChange {
  const { lsn, txId, committedAt: ts_us, snapshot } = source;
  const envelope = { before, after, op, source: { table, lsn, txId, ts_us, snapshot: String(snapshot) } };
  return { offset, key: Buffer.from(key), value: Buffer.from(JSON.stringify(envelope)), timestamp: 0 };
}

/** Cut in the middle; the key is whole. */
function unreadable(raw: RawChange): RawChange {
  return { ...raw, value: Buffer.from(raw.value?.subarray(0, 20) ?? '') };
}

function times<T>(count: number, make: (n: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
