/**
 * The state a projection folds into, apart from where and how it is stored.
 *
 * A document is `live` only while its root row exists. Children that arrive before their root wait in a `pending` one,
 * and a `deleted` one is a tombstone without content (invariant 6). Readers see nothing but `live`.
 */
export type Phase = 'pending' | 'live' | 'deleted';

export type Content = Readonly<Record<string, unknown>>;

export interface DocumentState {
  readonly phase: Phase;
  /** Root fields (only when live) and embedded lists and maps; empty when deleted. */
  readonly content: Content;
}
