/**
 * From companions that have changed to every document that copies from them. It goes through an index, so that however many there are none is
 * held in memory but a chunk. Where the copy is the same for all, MongoDB makes it where the documents stand; what is not changed so is loaded,
 * looked at, and saved if it is stale. What has the copy already costs a look and no save, so that what was stopped is done again.
 */
import type { Referrer } from './document-store.ts';
import { placedCopies } from './placed-copies.ts';
import type { PlacedCopies } from './placed-copies.ts';
import { refillDocuments } from './refill.ts';
import type { RefillOptions } from './refill.ts';

export interface ReachOptions extends RefillOptions {
  /** Hears how many documents were saved. */
  readonly refilled?: (documents: number) => void;
  /** Waits until so many documents more may be worked on; absent: nobody is to be left in peace. */
  readonly pace?: (documents: number, signal: AbortSignal) => Promise<void>;
  /** Told after each chunk how many documents it had: what is done takes long, and is no standstill. */
  readonly progressed?: (documents: number) => Promise<void>;
}

/** Documents in one load and one save: fewer than of a batch, so that those in a hurry need not wait long behind it. */
const REACH_CHUNK = 250;
/** Where others are to be left in peace, fewer still. */
const PACED_CHUNK = 100;
/** Companions that are asked for at once. */
const IDS_AT_ONCE = 500;

/** Resolves when every document that copies from these companions shows them as they were at the call, or later, by majority. */
export async function reachCopies(options: ReachOptions, companions: readonly string[]): Promise<void> {
  const { projection, store, signal, refilled, pace, progressed } = options;
  for (let at = 0; at < companions.length; at += IDS_AT_ONCE) {
    const asked = companions.slice(at, at + IDS_AT_ONCE);
    const found = await store.look(asked);
    const placed = new Map(
      [...found.values()].flatMap((each) => {
        const copies = placedCopies(projection, each);
        return copies === null ? [] : [[copies.companion, copies] as const];
      }),
    );
    for await (const chunk of store.referrers(asked, pace ? PACED_CHUNK : REACH_CHUNK)) {
      signal.throwIfAborted();
      await pace?.(chunk.length, signal);
      const saved = await reachChunk(options, chunk, placed);
      refilled?.(saved);
      await progressed?.(chunk.length);
    }
  }
  // Of a document that had the copy already one does not know by how many it is held.
  await store.confirm();
}

/** Returns how many documents were saved. */
async function reachChunk(
  options: ReachOptions,
  chunk: readonly Referrer[],
  placed: ReadonlyMap<string, PlacedCopies>,
): Promise<number> {
  const idsOf = new Map<string, string[]>();
  for (const { id, companions } of chunk)
    for (const each of companions) {
      const ids = idsOf.get(each);
      if (ids) ids.push(id);
      else idsOf.set(each, [id]);
    }
  const wanted = [...idsOf.values()].reduce((sum, ids) => sum + ids.length, 0);
  const copies = [...idsOf].flatMap(([companion, ids]) => {
    const found = placed.get(companion);
    return found === undefined ? [] : [[found, ids] as const];
  });
  const done = copies.length === 0 ? 0 : await options.store.place(copies);
  if (done === wanted) return chunk.length;
  const ids = chunk.map(({ id }) => id);
  return done + (await refillDocuments(options, ids));
}
