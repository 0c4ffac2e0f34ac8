/**
 * Compiles a definition into `evolve`: the only place where a change becomes a new document.
 * Pure and total over its input: same state and change, same result; states are never changed in place.
 * Whether a change was applied before is not asked here: the caller compares positions (invariant 2).
 */
import { ChangeError } from './change-event.ts';
import { evolveCompanion } from './companion.ts';
import type { ChangeEvent, ChangePlace, RawRow } from './change-event.ts';
import { partitioningOf } from './capture.ts';
import type {
  EmbedDefinition,
  Fields,
  ListDefinition,
  MapDefinition,
  ProjectionDefinition,
} from './definition.ts';
import { unpacked } from './document.ts';
import type { Content, DocumentState } from './document.ts';
import { text } from './field-types.ts';
import { elementOrder } from './element-order.ts';
import { evolveFolded } from './fold.ts';
import type { References } from './references.ts';
import { columnOf, decodeColumn, ownFields, rowDecoder } from './row-decoder.ts';
import type { Row } from './row-decoder.ts';

/** `place`: for the history, where one is kept, and for what tells a companion's rows apart; nothing else depends on it. */
export type Evolve = (state: DocumentState | null, change: ChangeEvent, place?: ChangePlace) => DocumentState;

/** Folds a change of one embedded table into the value that the document holds under the embed's name. */
type EmbedFold = (current: unknown, before: RawRow | null, after: RawRow | null) => unknown;

/** What is copied is null in what it gives: it is filled in before a document is saved (references.ts). */
export function compileEvolve(definition: ProjectionDefinition, references: References | null): Evolve {
  const embeds = Object.entries(definition.embed ?? {});
  const empty: Content = Object.fromEntries(
    embeds.map(([name, embed]) => [name, embed.kind === 'list' ? [] : {}]),
  );
  const { root } = definition;
  const byTable = new Map<string, Evolve>([
    [root.table, root.kind === 'folded' ? evolveFolded(root) : evolveRoot(definition, empty)],
  ]);
  for (const [name, embed] of embeds) byTable.set(embed.table, evolveEmbed(name, embed, empty));
  for (const { table, columns } of references?.tables.values() ?? [])
    byTable.set(table, evolveCompanion(table, columns));

  const column = partitioningOf(definition)?.column;
  return (state, change, place) => {
    const evolve = byTable.get(change.table);
    if (!evolve) throw new ChangeError(`${definition.name} does not project the table ${change.table}`);
    if (column !== undefined && !references?.tables.has(change.table)) requireStays(change, column);
    return evolve(state, change, place);
  };
}

/** Its changes before are in another partition, and nobody could say which of the two come first. */
function requireStays({ table, before, after }: ChangeEvent, column: string): void {
  if (before && after && before[column] !== after[column])
    throw new ChangeError(`${table}: ${column} was changed, by which the stream is partitioned`);
}

function evolveRoot(definition: ProjectionDefinition, empty: Content): Evolve {
  // The key is the document's id and is not held twice.
  const { [definition.root.key]: _key, ...fields } = definition.root.fields;
  const decode = filledDecoder(definition.root.table, fields);
  const embedded = Object.keys(empty);
  return (state, change) => {
    // The children's own deletes follow this one and find the tombstone (design §4).
    if (change.op === 'd') return { phase: 'deleted', content: {} };
    const row = decode(rowAfter(change));
    const held = state === null || state.phase === 'deleted' ? empty : state.content;
    for (const name of embedded) row[name] = held[name];
    return { phase: 'live', content: row };
  };
}

function evolveEmbed(name: string, embed: EmbedDefinition, empty: Content): Evolve {
  const fold = embed.kind === 'list' ? foldList(embed) : foldMap(embed);
  return (state, change) => {
    // Nothing can be born under a deleted root. A snapshot's row is proof that its root exists again and comes too.
    if (state?.phase === 'deleted' && change.op !== 'r') return state;
    const phase = state?.phase === 'live' ? 'live' : 'pending';
    const content = state === null || state.phase === 'deleted' ? empty : state.content;
    const after = change.op === 'd' ? null : rowAfter(change);
    const before = change.op === 'd' ? rowBefore(change) : change.before;
    return { phase, content: { ...content, [name]: fold(unpacked(content[name]), before, after) } };
  };
}

function foldList(list: ListDefinition): EmbedFold {
  const decode = filledDecoder(list.table, list.fields);
  const keyType = list.fields[list.key] ?? text;
  const keyColumn = columnOf(list.key, keyType);
  const keyOf = (raw: RawRow): unknown => decodeColumn(list.table, keyColumn, keyType, raw);
  const compare = elementOrder(list);

  return (current, before, after) => {
    const added = after === null ? null : decode(after);
    const gone = before === null ? undefined : keyOf(before);
    const elements = (current as readonly Row[] | undefined) ?? [];
    // Without `before` (c, r) the new row replaces one of the same key: a snapshot may repeat what is known.
    const kept = elements.filter((each) => each[list.key] !== gone && each[list.key] !== added?.[list.key]);
    if (added === null) return kept;
    const at = kept.findIndex((each) => compare(added, each) < 0);
    kept.splice(at === -1 ? kept.length : at, 0, added);
    return kept;
  };
}

function foldMap(map: MapDefinition): EmbedFold {
  const keyOf = (raw: RawRow): string => String(decodeColumn(map.table, map.key, text, raw));
  const valueOf = mapValue(map);
  return (current, before, after) => {
    const entries = new Map(Object.entries((current as Content | undefined) ?? {}));
    // A changed key arrives as one update with two keys (design §4).
    if (before !== null && (after === null || keyOf(before) !== keyOf(after))) entries.delete(keyOf(before));
    if (after !== null) entries.set(keyOf(after), valueOf(after));
    return Object.fromEntries(entries); // defines own properties, so the key "__proto__" is data like any other
  };
}

function mapValue(map: MapDefinition): (raw: RawRow) => unknown {
  const column = map.value.column ?? 'value';
  return (raw) => decodeColumn(map.table, column, map.value, raw);
}

/** All fields, in the order of the definition. */
function filledDecoder(table: string, fields: Fields): (raw: RawRow) => Row {
  const own = ownFields(fields);
  const decode = rowDecoder(table, own);
  if (Object.keys(own).length === Object.keys(fields).length) return decode;
  const empty: Row = Object.fromEntries(Object.keys(fields).map((name) => [name, null]));
  return (raw) => ({ ...empty, ...decode(raw) });
}

function rowAfter(change: ChangeEvent): RawRow {
  if (!change.after)
    throw new ChangeError(`${change.table}: op ${change.op} without its row after the change`);
  return change.after;
}

function rowBefore(change: ChangeEvent): RawRow {
  if (!change.before)
    throw new ChangeError(`${change.table}: op ${change.op} without its row before the change`);
  return change.before;
}
