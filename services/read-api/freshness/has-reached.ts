import type { ConsistencyToken } from '../../shared/consistency-token.ts';
import type { Phase } from '../../shared/projection/document.ts';

/** How far a document is in the history of its root row. */
export interface Reached {
  readonly phase: Phase;
  /** null when not live */
  readonly revision: number | null;
}

/**
 * Whether a reader of the document sees nothing older than the token.
 * - live: by its revision.
 * - deleted: always. The delete came after what the token stands for; there is no older state left to be seen.
 * - absent, or pending without its root: only a delete looks like this to a reader. So also when the creation before the
 *   delete is still under way: what is then shown for a moment does not reach the token, and its readers wait again.
 * A root created anew under an id that was deleted before starts again at a low revision, so a token of its former life is
 * not reached; the write API never gives an id twice.
 */
export function hasReached(token: ConsistencyToken, document: Reached | undefined): boolean {
  if (document?.phase === 'live') return document.revision !== null && document.revision >= token.revision;
  return document?.phase === 'deleted' || token.deleted;
}
