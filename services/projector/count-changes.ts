/** What saves change of the counts: what each document counts in, less what it counted in before. Pure. */
import { unpacked } from '../shared/projection/document.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { partOf } from '../shared/tallies/tally-counts.ts';
import type { TallyCount } from '../shared/tallies/tally-counts.ts';

export interface CountChange {
  readonly _id: TallyCount['_id'];
  /** Never 0. */
  readonly more: number;
}

/** `before`: id → what a document said before, if there was one. */
export function countChanges(
  documents: readonly StoredDocument[],
  before: ReadonlyMap<string, readonly string[]>,
): readonly CountChange[] {
  const parts = new Map<string, Map<string, number>>();
  for (const { _id, _sync, _tallies } of documents) {
    const part = partOf(_sync.at);
    const changes = parts.get(part) ?? new Map<string, number>();
    parts.set(part, changes);
    const add = (tally: string, more: number): void =>
      void changes.set(tally, (changes.get(tally) ?? 0) + more);
    for (const tally of talliesIn(_tallies)) add(tally, 1);
    for (const tally of before.get(_id) ?? []) add(tally, -1);
  }
  return [...parts].flatMap(([part, changes]) =>
    [...changes].flatMap(([tally, more]) => (more === 0 ? [] : [{ _id: { tally, part }, more }])),
  );
}

/** As a document holds them, packed or not. */
export function talliesIn(value: unknown): readonly string[] {
  const tallies = unpacked(value);
  return Array.isArray(tallies) ? tallies.map(String) : [];
}
