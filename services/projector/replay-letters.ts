/**
 * A document in quarantine and its letters → the document as it is with the present code: the same fold, from the change that
 * failed on. Whatever still fails stays marked from there. Pure but for the time it is given.
 */
import type { Letter } from '../shared/dead-letters/letter.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { toState } from '../shared/stored-document.ts';
import { decodeAll, toPositioned } from './decode.ts';
import { documentOf } from './document-of-change.ts';
import { foldDocument } from './fold-document.ts';
import type { FencedSave, WhyUnstorable } from './fold-document.ts';

/** The dead letters do not hold what the mark counts: applying the rest would skip a change. */
export class LettersMissingError extends Error {
  override readonly name = 'LettersMissingError';
}

export interface Replayed extends FencedSave {
  /** Changes that are in the document now. */
  readonly applied: number;
}

export interface ReplayOptions {
  /** Passes over the first change, the one that fails. */
  readonly dropFirst: boolean;
  readonly now: Date;
  readonly whyUnstorable?: WhyUnstorable;
}

/** The letters of a document that its mark counts, each once, in order. @throws LettersMissingError. */
export function lettersOf(
  projection: Projection,
  stored: StoredDocument,
  letters: readonly Letter[],
): readonly Letter[] {
  const mark = stored._sync.quarantine;
  if (mark === undefined) return [];
  const { partition, offset: from } = mark.first;
  const to = stored._sync.at[partition] ?? -1;
  const byOffset = new Map<number, Letter>();
  for (const letter of letters) {
    const isCounted = letter.partition === partition && letter.offset >= from && letter.offset <= to;
    if (isCounted && documentOfLetter(projection, letter) === stored._id) byOffset.set(letter.offset, letter);
  }
  if (byOffset.size !== mark.changes)
    throw new LettersMissingError(
      `the dead letters hold ${byOffset.size} of the ${mark.changes} changes from ${partition}:${from} on`,
    );
  return [...byOffset.values()].toSorted((a, b) => a.offset - b.offset);
}

/** The id of the document that the letter's change goes into; null: it names none. */
export function documentOfLetter(projection: Projection, letter: Letter): string | null {
  const [change] = decodeAll([letter]);
  return change === undefined ? null : documentOf(projection, change);
}

/** `letters`: as `lettersOf` gives them. */
export function replayLetters(
  projection: Projection,
  stored: StoredDocument,
  letters: readonly Letter[],
  { dropFirst, now, whyUnstorable }: ReplayOptions,
): Replayed {
  const { quarantine: mark, ...sync } = stored._sync;
  if (mark === undefined) throw new TypeError(`${stored._id} is not in quarantine`);
  const { partition, offset } = mark.first;
  const replayed = dropFirst ? letters.slice(1) : letters;
  // As it stood before the change that failed.
  const before: StoredDocument = {
    ...stored,
    _sync: { ...sync, at: { ...sync.at, [partition]: offset - 1 } },
  };
  const folded = foldDocument(
    projection,
    stored._id,
    before,
    partition,
    decodeAll(replayed).map(toPositioned),
    now,
    whyUnstorable,
  );
  const failing = folded?.document._sync.quarantine;
  const document = folded?.document ?? before;
  const { quarantine: _quarantine, ...kept } = document._sync;
  const fence = { startedFrom: sync.at, startedFromMark: mark };
  const still = failing && { quarantine: { ...failing, since: mark.since } };
  return {
    // What is in the dead letters was delivered, whether it is applied or not.
    document: settled({ ...document, _sync: { ...kept, at: sync.at, ...still } }, now),
    ...fence,
    applied: replayed.length - (failing?.changes ?? 0),
  };
}

/**
 * Nothing but a mark, and that is gone: what is left keeps the position, and ends as a tombstone does. A tombstone that
 * had a mark has its time from now on.
 */
function settled(document: StoredDocument, now: Date): StoredDocument {
  const { _sync } = document;
  if (_sync.quarantine) return document;
  const isEmpty = _sync.phase === 'pending' && Object.keys(toState(document).content).length === 0;
  if (!isEmpty && _sync.phase !== 'deleted') return document;
  // What a companion's tombstone holds is no content of its row.
  return { ...document, _sync: { ..._sync, phase: 'deleted', deletedAt: now } };
}
