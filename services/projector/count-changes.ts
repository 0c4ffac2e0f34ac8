/** What saves change of the counts: what each document counts in, less what it counted in before. Pure. */
import { unpacked } from '../shared/projection/document.ts';
import type { Amount } from '../shared/projection/group-tally.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { partOf } from '../shared/tallies/tally-counts.ts';
import type { TallyCount } from '../shared/tallies/tally-counts.ts';

export interface CountChange {
  readonly _id: TallyCount['_id'];
  /** Never 0. A sum may be larger than what a double holds. */
  readonly more: bigint;
}

/** `before`: id → what a document said before, if there was one. */
export function countChanges(
  documents: readonly StoredDocument[],
  before: ReadonlyMap<string, readonly Amount[]>,
): readonly CountChange[] {
  const parts = new Map<string, Map<string, bigint>>();
  for (const { _id, _sync, _tallies } of documents) {
    const part = partOf(_sync.at);
    const changes = parts.get(part) ?? new Map<string, bigint>();
    parts.set(part, changes);
    const add = (tally: string, more: number): void =>
      void changes.set(tally, (changes.get(tally) ?? 0n) + BigInt(more));
    for (const { tally, amount } of talliesIn(_tallies)) add(tally, amount);
    for (const { tally, amount } of before.get(_id) ?? []) add(tally, -amount);
  }
  return [...parts].flatMap(([part, changes]) =>
    [...changes].flatMap(([tally, more]) => (more === 0n ? [] : [{ _id: { tally, part }, more }])),
  );
}

/** As a document holds them, packed or not. */
export function talliesIn(value: unknown): readonly Amount[] {
  const tallies = unpacked(value);
  if (!Array.isArray(tallies)) return [];
  return (tallies as readonly (string | Amount)[]).map((each) =>
    typeof each === 'string' ? { tally: each, amount: 1 } : each,
  );
}
