import { beginAct } from '../audit.ts';
import type { OpenSides } from './open.ts';
import { repairDocuments } from './repair.ts';
import type { Repair } from './repair.ts';

/** Repairs, with a line of it in the audit. `by`: as the system knows whoever asked for it. */
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
