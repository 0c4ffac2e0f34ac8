/** Repairs, each with a line of it in the audit. `by`: as the system knows whoever asked for it. */
import { compareCounts, mendCounts } from '../../services/shared/tallies/compare-counts.ts';
import type { WrongCount } from '../../services/shared/tallies/compare-counts.ts';
import { beginAct } from '../audit.ts';
import type { OpenSides } from './open.ts';
import { repairDocuments } from './repair.ts';
import type { Repair } from './repair.ts';

export async function repairAudited(
  sides: OpenSides,
  ids: readonly string[],
  by: string | undefined,
): Promise<readonly Repair[]> {
  const done = await beginAct(sides.db, sides.projection.name, { act: 'repair', of: ids, ...(by && { by }) });
  const repairs = await repairDocuments(sides, ids);
  const failing = repairs.filter(({ outcome }) => outcome === 'undecided').length;
  await done({ healed: repairs.length - failing, failing, applied: 0, discarded: 0 });
  return repairs;
}

/** Of a projection that counts, also after documents were repaired: one that was removed by hand was still counted. Returns what was wrong. */
export async function mendAudited(
  { db, documents, projection }: OpenSides,
  by: string | undefined,
): Promise<readonly WrongCount[]> {
  if (projection.talliesOf === null) return [];
  const wrong = await compareCounts(documents);
  if (wrong.length === 0) return [];
  const of = wrong.map(({ tally }) => tally);
  const done = await beginAct(db, projection.name, { act: 'repair', of, ...(by && { by }) });
  const mended = await mendCounts(documents);
  await done({ healed: mended.length, failing: 0, applied: 0, discarded: 0 });
  return mended;
}
