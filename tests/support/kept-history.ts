/** The history of a stored document, and the documents that it tells of. */
import { heldBy } from '../../services/shared/projection/history.ts';
import type { History } from '../../services/shared/projection/history-entry.ts';
import { statesBack } from '../../services/shared/projection/past.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { contentToJson, toState } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';

/** @throws where none is kept */
export function keptHistory(stored: StoredDocument | undefined): History {
  const held = stored && heldBy(toState(stored).history);
  if (!held || 'open' in held) throw new Error(`no history is kept of ${stored?._id ?? 'nothing'}`);
  return held;
}

/** As they would be served, oldest first. */
export function documentsOfHistory(projection: Projection, stored: StoredDocument): readonly unknown[] {
  const { content } = toState(stored);
  const states = [...statesBack(projection.definition, content, keptHistory(stored))];
  return states
    .map((state) => parseLossless(contentToJson(projection, stored._id, state.content)))
    .toReversed();
}
