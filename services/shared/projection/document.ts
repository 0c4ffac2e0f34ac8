/**
 * The state a projection folds into, apart from where and how it is stored.
 *
 * A document is `live` only while its root row exists. Children that arrive before their root wait in a `pending` one,
 * and a `deleted` one is a tombstone without content (invariant 6). A `reference` is no document of the projection's own: it is what its
 * documents copy of a row of another aggregate (companion.ts). Readers see nothing but `live`.
 */
import type { History, OpenHistory } from './history-entry.ts';

export type Phase = 'pending' | 'live' | 'deleted' | 'reference';

export type Content = Readonly<Record<string, unknown>>;

/** A value of the content in the form in which it is stored: whoever needs it unpacks it, and nobody else has to. */
export abstract class Packed {
  /** The value, as a fold made it. */
  abstract unpack(): unknown;
}

export function unpacked(value: unknown): unknown {
  return value instanceof Packed ? value.unpack() : value;
}

export interface DocumentState {
  readonly phase: Phase;
  /** Root fields (only when live) and embedded lists and maps; empty when deleted. Any of them may be packed. */
  readonly content: Content;
  /** What it was before, where the definition keeps that and it is live; may be packed. */
  readonly history?: History | OpenHistory | Packed;
}
