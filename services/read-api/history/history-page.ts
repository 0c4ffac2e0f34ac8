/** A page of a document's history as JSON text, newest entry first. */
import { formatLsn } from '../../shared/lsn.ts';
import { stringifyLossless } from '../../shared/lossless-json.ts';
import type { History, HistoryEntry } from '../../shared/projection/history-entry.ts';
import { microsToIso } from '../../shared/stored-document.ts';

export interface HistoryPage {
  readonly body: string;
  /** Number of the last entry of the page, where more follow; else null. */
  readonly next: number | null;
}

/** `before`: entries of smaller numbers only; null: from the newest on. They are numbered from 1, and keep their numbers when others fall away. */
export function historyPage(
  { entries, dropped, since }: History,
  before: number | null,
  limit: number,
): HistoryPage {
  const end = before === null ? entries.length : Math.min(entries.length, Math.max(0, before - 1 - dropped));
  const start = Math.max(0, end - limit);
  const items = entries.slice(start, end).map((entry, i) => itemOf(entry, dropped + start + i + 1));
  const known = since ?? entries[0]?.at ?? null;
  const body = {
    items: items.toReversed(),
    since: known === null ? null : microsToIso(known),
    fromCreation: since === null,
  };
  return { body: stringifyLossless(body), next: start > 0 && end > start ? dropped + start + 1 : null };
}

function itemOf({ kind, tx, at, lsn, position, by, changes }: HistoryEntry, number: number): object {
  return {
    number,
    kind,
    at: microsToIso(at),
    by,
    transaction: tx,
    lsn: lsn === null ? null : formatLsn(lsn),
    position: position === null ? null : `${position.partition}:${position.offset}`,
    changes,
  };
}
