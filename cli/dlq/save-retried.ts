/** Saves what a retry has made of documents and of companions; the latter keep their marks until everything that copies from them was reached. */
import { checkCopies } from '../../services/projector/fill-copies.ts';
import type { FencedSave } from '../../services/projector/fold-document.ts';
import { reachCopies } from '../../services/projector/reach.ts';
import { isCompanion } from '../../services/shared/projection/references.ts';
import { REPAIRS, countedUp } from '../../services/shared/stored-document.ts';
import type { Quarantine } from './open.ts';

/** Nothing that is begun here is given up. */
const UNENDING = new AbortController().signal;

/** Returns the ids that another writer was faster with. */
export async function saveRetried(
  { projection, store }: Quarantine,
  saves: readonly FencedSave[],
): Promise<readonly string[]> {
  const isOfCompanion = ({ document }: FencedSave): boolean => isCompanion(projection, document._id);
  const reaching = { projection, store, signal: UNENDING };
  const lost = await saveReached(reaching, saves.filter(isOfCompanion));
  const documents = saves.filter((each) => !isOfCompanion(each));
  if (documents.length === 0) return lost;
  const conflicts = await store.save(documents);
  const saved = documents.map(({ document }) => document).filter(({ _id }) => !conflicts.includes(_id));
  await checkCopies(reaching, saved);
  return [...lost, ...conflicts];
}

/**
 * The mark goes last: a retry that was killed before is to be made again, and one that would come second finds the row as the last of its letters
 * says, whatever it held before.
 */
async function saveReached(
  reaching: Parameters<typeof reachCopies>[0],
  saves: readonly FencedSave[],
): Promise<readonly string[]> {
  if (saves.length === 0) return [];
  const { store } = reaching;
  const begun = saves.map((save): FencedSave => {
    const { deletedAt: _deletedAt, ...sync } = save.document._sync;
    const at = countedUp(sync.at, REPAIRS);
    const mark = save.startedFromMark;
    return {
      ...save,
      document: { ...save.document, _sync: { ...sync, at, ...(mark && { quarantine: mark }) } },
    };
  });
  const conflicts = await store.save(begun);
  const there = begun.filter(({ document }) => !conflicts.includes(document._id));
  await reachCopies(
    reaching,
    there.map(({ document }) => document._id),
  );
  const ended = there.map(({ document, startedFromMark }): FencedSave => {
    const { at } = document._sync;
    const last = saves.find((each) => each.document._id === document._id)?.document ?? document;
    return {
      document: { ...last, _sync: { ...last._sync, at } },
      startedFrom: at,
      ...(startedFromMark && { startedFromMark }),
    };
  });
  return [...conflicts, ...(ended.length === 0 ? [] : await store.save(ended))];
}
