/** What a stored document says that it is and was, before it is made anew. */
import { heldBy } from '../services/shared/projection/history.ts';
import type { Known } from '../services/shared/projection/history.ts';
import { toState } from '../services/shared/stored-document.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import { unlessForeign } from '../services/shared/verify/unless-foreign.ts';

/** null: it holds what no projection does. */
export function knownOf(stored: StoredDocument): Known | null {
  return unlessForeign(() => {
    const state = toState(stored);
    const held = heldBy(state.history);
    return { content: state.content, history: held && 'entries' in held ? held : null };
  }, null);
}
