/**
 * What the source has told after each change, worked out the way SQL would: tables by their keys, joined for one user. It shares
 * no code with evolve.
 */
import { parseLossless } from '../../../services/shared/lossless-json.ts';
import type { ChangeEvent, RawRow } from '../../../services/shared/projection/change-event.ts';
import type { Phase } from '../../../services/shared/projection/document.ts';
import { addressFields, userFields } from '../profile-rows.ts';

export interface Told {
  readonly phase: Phase;
  /** As it must be served; null unless it is live. */
  readonly served: object | null;
  /** What was put aside: from which change on, by its index, and how many; null where nothing was. */
  readonly aside: { readonly first: number; readonly changes: number } | null;
}

const KEY_OF: Readonly<Record<string, string>> = { users: 'id', addresses: 'id', preferences: 'key' };

/**
 * For each change: the document of its user once it is applied. From the first `damaged` one on it stays what it was, and that
 * and all later ones of its user are put aside.
 */
export function toldDocuments(changes: readonly ChangeEvent[], damaged: readonly number[]): readonly Told[] {
  const last = new Map<string, Told>();
  return toldBySource(changes).map((told, i) => {
    const user = changes[i]?.key ?? '';
    const before = last.get(user) ?? { phase: 'pending', served: null, aside: null };
    const first = before.aside?.first ?? (damaged.includes(i) ? i : null);
    const stands: Told =
      first === null
        ? { ...told, aside: null }
        : { ...before, aside: { first, changes: (before.aside?.changes ?? 0) + 1 } };
    last.set(user, stands);
    return stands;
  });
}

function toldBySource(changes: readonly ChangeEvent[]): ReadonlyArray<Omit<Told, 'aside'>> {
  const tables = new Map<string, Map<string, RawRow>>();
  const deleted = new Set<string>();
  const rowsOf = (table: string, user: string): Map<string, RawRow> => {
    const name = `${table} of ${user}`;
    const rows = tables.get(name) ?? new Map<string, RawRow>();
    tables.set(name, rows);
    return rows;
  };

  return changes.map(({ table, key: user, op, before, after }) => {
    const rows = rowsOf(table, user);
    const keyOf = (row: RawRow): string => String(row[KEY_OF[table] ?? '']);
    if (before) rows.delete(keyOf(before));
    if (after) rows.set(keyOf(after), after);
    if (table === 'users' && op === 'd') deleted.add(user);

    const [row] = rowsOf('users', user).values();
    if (!row) return { phase: deleted.has(user) ? 'deleted' : 'pending', served: null };
    const addresses = [...rowsOf('addresses', user).values()];
    const preferences = [...rowsOf('preferences', user).values()];
    return { phase: 'live', served: documentOf(row, addresses, preferences) };
  });
}

/** One row of `users` and the rows that belong to it → the document. */
export function documentOf(
  user: RawRow,
  addresses: readonly RawRow[],
  preferences: readonly RawRow[],
): object {
  return {
    ...userFields,
    id: user['id'],
    version: user['version'],
    addresses: addresses
      .map((row) => ({
        ...addressFields(String(row['id'])),
        createdAt: String(row['created_at']).replace('Z', '.000000Z'),
      }))
      .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)),
    preferences: Object.fromEntries(
      preferences.map((row) => [String(row['key']), parseLossless(String(row['value']))]),
    ),
  };
}

function orderOf(element: { readonly createdAt: string; readonly id?: unknown }): string {
  return `${element.createdAt} ${String(element.id)}`;
}
