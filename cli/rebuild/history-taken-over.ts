/**
 * The histories that a rebuild takes over from the live documents, which are all that knows them. Of each those entries are taken whose
 * transactions the snapshot saw: the others come again when the stream is followed. What then still is between the live document and what was
 * copied, such as changes that a gap of the stream swallowed, is an entry of its own, so that undoing all of them stays exact.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import { freshnessId } from '../../services/shared/freshness-record.ts';
import type { FreshnessRecord } from '../../services/shared/freshness-record.ts';
import type { Content } from '../../services/shared/projection/document.ts';
import { historyMadeAnew, historyThrough } from '../../services/shared/projection/history.ts';
import type { EntryStamp, History } from '../../services/shared/projection/history-entry.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { knownOf } from '../known-document.ts';
import { sees } from './source-snapshot.ts';
import type { SourceSnapshot } from './source-snapshot.ts';

export interface TakenSnapshot extends SourceSnapshot {
  readonly lsn: number;
  /** Microseconds since 1970. */
  readonly takenAt: number;
}

/** The history of a document that has this content in the snapshot; undefined where the projection keeps none. */
export type TakeOver = (id: string, content: Content) => History | undefined;

const CATCH_UP_MS = 5000;

/**
 * Resolves when the live documents have got as far as the snapshot, or will not in time: what they lack then is told by one entry in place
 * of its own ones.
 */
export async function untilLiveHas(
  { name, definition }: Projection,
  records: Collection<FreshnessRecord>,
  { takenAt }: TakenSnapshot,
  signal: AbortSignal,
): Promise<void> {
  if (!definition.history) return;
  const hasCaughtUp = async (): Promise<boolean> => {
    const record = await records.findOne({ _id: freshnessId(name) });
    return record !== null && record.asOf.getTime() * 1000 > takenAt;
  };
  const deadline = performance.now() + CATCH_UP_MS;
  while (!(await hasCaughtUp()) && performance.now() < deadline) await sleep(POLL_MS, undefined, { signal });
}

const POLL_MS = 100;

/** Of these documents; the live ones are read at once. */
export async function takeOverHistories(
  projection: Projection,
  live: Collection<StoredDocument>,
  snapshot: TakenSnapshot,
  ids: Iterable<string>,
): Promise<TakeOver> {
  const { definition } = projection;
  if (!definition.history) return () => undefined;
  const which = { _id: { $in: [...ids] }, '_sync.phase': 'live' } as const;
  const found = await live.find(which, { readConcern: { level: 'majority' } }).toArray();
  const stored = new Map(found.map((each) => [each._id, each]));
  const { lsn, takenAt: at } = snapshot;
  const stamp: EntryStamp = { kind: 'rebuilt', tx: null, at, lsn, position: null, by: null };
  return (id, content) => {
    const document = stored.get(id);
    const known = document ? knownOf(document) : null;
    const then = known && historyThrough(definition, known, (entry) => isSeen(snapshot, entry));
    return historyMadeAnew(definition, then, content, stamp);
  };
}

/** Ids of transactions come again after some weeks of many: older ones are told by their time, by the same clock. */
const SURELY_OVER_MICROS = 3_600_000_000;

function isSeen(snapshot: TakenSnapshot, { tx, at, lsn }: EntryStamp): boolean {
  if (at < snapshot.takenAt - SURELY_OVER_MICROS) return true;
  if (tx === null) return at <= snapshot.takenAt;
  return sees(snapshot, { lsn, txId: tx, committedAt: at, snapshot: false });
}
