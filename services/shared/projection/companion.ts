/**
 * Companions: what the documents of a projection copy of a row of another aggregate stands once more beside them, in a document of its own for
 * each row. The row's changes go into its companion as any change goes into its document, and from there into whatever copies it. Pure.
 */
import { differences } from '../same-json.ts';
import { ChangeError } from './change-event.ts';
import type { Fields } from './definition.ts';
import { unpacked } from './document.ts';
import type { DocumentState } from './document.ts';
import type { Evolve } from './evolve.ts';
import { rowDecoder } from './row-decoder.ts';
import type { Row } from './row-decoder.ts';

/** What of a companion is copied. */
export interface Companion {
  /** By the names of its SQL columns; null: the row is not known, or was deleted. */
  readonly row: Row | null;
  /**
   * Another with each other row, and never one that it had before: which row a document has copied is told by it, and not by the values,
   * for those may come back. null: there is no companion.
   */
  readonly rev: number | null;
}

export const UNKNOWN: Companion = { row: null, rev: null };

export function companionOf({ phase, content }: DocumentState): Companion {
  const rev = unpacked(content['rev']);
  const row = phase === 'reference' ? unpacked(content['row']) : undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `stateOfRow`, by nobody else
  return { row: (row ?? null) as Row | null, rev: typeof rev === 'number' ? rev : null };
}

/** `offset`: of the change that made it so; what is larger than all before it, where the row is as it was no more. */
export function stateOfRow(before: Companion, row: Row | null, offset: number): DocumentState {
  const rev = Math.max((before.rev ?? -1) + 1, offset);
  return row === null
    ? { phase: 'deleted', content: { rev } }
    : { phase: 'reference', content: { row, rev } };
}

/** `columns`: name of the SQL column → its type, of what is copied. */
export function evolveCompanion(table: string, columns: Fields): Evolve {
  const decode = rowDecoder(table, columns);
  return (state, change, place) => {
    if (change.op !== 'd' && !change.after)
      throw new ChangeError(`${table}: op ${change.op} without its row after the change`);
    const row = change.op === 'd' || !change.after ? null : decode(change.after);
    const before = state === null ? UNKNOWN : companionOf(state);
    const isKnown = state !== null && before.rev !== null;
    // What nothing copies has changed, if anything.
    if (isKnown && differences(before.row, row).length === 0) return { ...state };
    return stateOfRow(before, row, place?.offset ?? 0);
  };
}
