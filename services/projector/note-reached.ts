/** Counts what is reached where health sees it (shared/reached-record.ts), once a second at most. */
import type { Db } from 'mongodb';
import { reachedId, reachedRecords } from '../shared/reached-record.ts';

export type NoteReached = (documents: number) => Promise<void>;

const INTERVAL_MS = 1000;

/** `now` in ms, of a clock that does not jump. */
export function createReachedNotes(
  db: Db,
  projection: string,
  now: () => number = () => performance.now(),
): NoteReached {
  let due = 0;
  let notedAt = -Infinity;
  return async (documents) => {
    due += documents;
    if (now() - notedAt < INTERVAL_MS) return;
    notedAt = now();
    const more = due;
    due = 0;
    await reachedRecords(db).updateOne(
      { _id: reachedId(projection) },
      { $inc: { documents: more } },
      { upsert: true },
    );
  };
}
