/** A document with its history, as the projector keeps both. */
import type { Collection } from 'mongodb';
import type { Content } from '../../shared/projection/document.ts';
import { heldBy } from '../../shared/projection/history.ts';
import type { History } from '../../shared/projection/history-entry.ts';
import { toState } from '../../shared/stored-document.ts';
import type { StoredDocument, SyncState } from '../../shared/stored-document.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';
import { LIVE } from '../readers/selection.ts';
import { microsOf } from './moment.ts';

export interface KeptDocument {
  readonly sync: SyncState;
  readonly content: Content;
  readonly history: History;
}

/** Resolves to null where there is no live one. */
export type HistoryReader = (id: string) => Promise<KeptDocument | null>;

export function createHistoryReader(
  collection: Collection<StoredDocument>,
  read: MajorityRead,
): HistoryReader {
  return async (id) => {
    const stored = await read((options) => collection.findOne({ _id: id, ...LIVE }, options));
    if (stored === null) return null;
    const state = toState(stored);
    const held = heldBy(state.history);
    const { content } = state;
    return { sync: stored._sync, content, history: held && 'entries' in held ? held : without(stored._sync) };
  };
}

/** The projection did not keep one when the document was saved last: it is as it is since then. */
function without({ changedAt }: SyncState): History {
  return { since: microsOf(changedAt), dropped: 0, entries: [] };
}
