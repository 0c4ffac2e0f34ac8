/**
 * From companions that have changed to every document that copies from them. It goes through an index, so that however many there are none is
 * held in memory but a chunk; a document that has the copy already costs a look and no save, so that what was stopped is done again.
 */
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
export const REACH_CHUNK = 250;
/** Companions that are asked for at once. */
const IDS_AT_ONCE = 500;

/** Resolves when every document that copies from these companions shows them as they were at the call, or later, by majority. */
export async function reachCopies(options: ReachOptions, companions: readonly string[]): Promise<void> {
  const { store, signal, refilled, pace, progressed } = options;
  for (let at = 0; at < companions.length; at += IDS_AT_ONCE)
    for await (const ids of store.referrers(companions.slice(at, at + IDS_AT_ONCE), REACH_CHUNK)) {
      signal.throwIfAborted();
      await pace?.(ids.length, signal);
      const saved = await refillDocuments(options, ids);
      refilled?.(saved);
      await progressed?.(ids.length);
    }
  // Of a document that had the copy already one does not know by how many it is held.
  await store.confirm();
}
