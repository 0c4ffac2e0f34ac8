/**
 * Fills what documents copy, from companions as they are now. Whoever saves them loads them before this: a copy never goes back.
 */
import type { Projection } from '../shared/projection/projection.ts';
import { companionsFor, isFilledFrom, refsOf, withCopies } from '../shared/stored-document.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import type { DocumentStore } from './document-store.ts';
import { isOfNewer } from './fold-document.ts';
import type { FencedSave, WhyUnstorable } from './fold-document.ts';
import { companionsOf, refillDocuments } from './refill.ts';
import type { RefillOptions } from './refill.ts';

/**
 * In their order. `refuse`: what cannot be saved with its copies is left without them, and a comparison with the source tells of it.
 */
export async function withCopiesOf(
  projection: Projection,
  store: Pick<DocumentStore, 'look'>,
  documents: readonly StoredDocument[],
  refuse: WhyUnstorable = () => null,
): Promise<readonly StoredDocument[]> {
  if (projection.references === null) return documents;
  const ids = new Set(documents.flatMap((each) => companionsFor(projection, each)));
  const companions = ids.size === 0 ? NONE : await store.look([...ids]);
  return documents.map((each) => {
    const filled = withCopies(projection, each, companions);
    return refuse(filled) === null ? filled : withCopies(projection, each, NONE);
  });
}

/** The same of what is to be saved. */
export async function fillSaves<S extends FencedSave>(
  projection: Projection,
  store: Pick<DocumentStore, 'look'>,
  saves: readonly S[],
  refuse?: WhyUnstorable,
): Promise<readonly S[]> {
  if (projection.references === null) return saves;
  const documents = saves.map(({ document }) => document);
  const filled = await withCopiesOf(projection, store, documents, refuse);
  return saves.map((save, at) => ({ ...save, document: filled[at] ?? save.document }));
}

const NONE: ReadonlyMap<string, StoredDocument> = new Map();

/**
 * A companion may have changed between the look and the save, and its reach have passed before the document could be found by it: so what is
 * saved is looked at once more. What was saved before, too, for whoever did it may have been killed before this. Returns how many were saved.
 */
export async function checkCopies(
  options: RefillOptions,
  documents: readonly StoredDocument[],
): Promise<number> {
  const { projection, store } = options;
  if (projection.references === null) return 0;
  const copying = documents.filter((each) => refsOf(each).length > 0 && !isOfNewer(projection, each));
  if (copying.length === 0) return 0;
  const companions = await companionsOf(store, copying);
  const stale = copying.flatMap((each) => (isFilledFrom(each, companions) ? [] : each._id));
  return stale.length === 0 ? 0 : refillDocuments(options, [...new Set(stale)]);
}
