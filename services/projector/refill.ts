/**
 * Brings what documents copy up to date. A document is loaded first and its companions are looked up after that, so that no copy goes back;
 * and its save moves a counter of its own in `_sync.at`, so that whoever holds the document as it was before has to load it again.
 *
 * Whether a document has copied from a companion as it is now is told by the companion's rev, never by the values: those may come back
 * while somebody late is about to save the ones between (docs/decisions/0034).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Projection } from '../shared/projection/projection.ts';
import { REFILLS, countedUp, isFilledFrom, refsOf, withCopies } from '../shared/stored-document.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { UnstorableError, whyUnstorable } from './document-store.ts';
import type { DocumentStore } from './document-store.ts';
import { isOfNewer } from './fold-document.ts';
import type { FencedSave } from './fold-document.ts';

export interface RefillOptions {
  readonly projection: Projection;
  readonly store: DocumentStore;
  readonly signal: AbortSignal;
  /** Hears of documents that would be too large with what they copy: they stay as they are, and a comparison with the source tells of them. */
  readonly tooLarge?: (ids: readonly string[]) => void;
}

/** Whatever other writers do with a document, they leave it alone for a moment. */
const PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

/** Returns how many documents were saved. Conflicts are tried again for as long as `signal` allows. */
export async function refillDocuments(options: RefillOptions, ids: readonly string[]): Promise<number> {
  const { signal } = options;
  let refilled = 0;
  let pieces: ReadonlyArray<readonly string[]> = [ids];
  for (let round = 0; pieces.length > 0; round++) {
    const lost: string[] = [];
    for (const piece of pieces) {
      signal.throwIfAborted();
      const { saved, conflicts } = await refillOnce(options, piece);
      refilled += saved;
      lost.push(...conflicts);
    }
    if (lost.length > 0 && round > 0) await sleep(Math.min(PAUSE_MS * round, LONGEST_PAUSE_MS));
    // Where one that is lost takes all with it (tallied-store.ts), fewer get through sooner.
    pieces = inPieces(lost, Math.max(1, ids.length >> (round + 1)));
  }
  return refilled;
}

async function refillOnce(
  options: RefillOptions,
  ids: readonly string[],
): Promise<{ readonly saved: number; readonly conflicts: readonly string[] }> {
  const { projection, store } = options;
  const stored = [...(await store.load(ids)).values()].filter(
    (each) => refsOf(each).length > 0 && !isOfNewer(projection, each),
  );
  const companions = await companionsOf(store, stored);
  const stale = stored.filter((each) => !isFilledFrom(each, companions));
  const appliedAt = new Date();
  const saves = stale.map((before): FencedSave => {
    const { trace: _trace, ...sync } = before._sync;
    const document = withCopies(projection, before, companions);
    return {
      document: { ...document, _sync: { ...sync, at: countedUp(sync.at, REFILLS), appliedAt } },
      startedFrom: sync.at,
      ...(sync.quarantine && { startedFromMark: sync.quarantine }),
    };
  });
  const conflicts = await saveStorable(options, saves);
  return { saved: saves.length - conflicts.length, conflicts };
}

/** The companions that these documents have copied from, as they are now. */
export async function companionsOf(
  store: DocumentStore,
  documents: readonly StoredDocument[],
): Promise<ReadonlyMap<string, StoredDocument>> {
  const ids = new Set(documents.flatMap((each) => refsOf(each).map(({ id }) => id)));
  return ids.size === 0 ? new Map() : store.look([...ids]);
}

async function saveStorable(
  { store, tooLarge }: RefillOptions,
  saves: readonly FencedSave[],
): Promise<readonly string[]> {
  if (saves.length === 0) return [];
  try {
    return await store.save(saves);
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error;
    const storable = saves.filter(({ document }) => whyUnstorable(document) === null);
    if (storable.length === saves.length) throw error;
    const kept = new Set(storable);
    tooLarge?.(saves.flatMap((each) => (kept.has(each) ? [] : each.document._id)));
    return storable.length === 0 ? [] : store.save(storable);
  }
}

function inPieces(ids: readonly string[], size: number): ReadonlyArray<readonly string[]> {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, at) =>
    ids.slice(at * size, (at + 1) * size),
  );
}
