/** What a definition's references give: which rows a document copies from, what it copies, and the companions that it copies it from. Pure. */
import { UNKNOWN } from './companion.ts';
import type { Companion } from './companion.ts';
import { fieldAt, fieldIn } from './definition.ts';
import type { Fields, ProjectionDefinition, ReferenceDefinition } from './definition.ts';
import { unpacked } from './document.ts';
import type { Content } from './document.ts';
import type { FieldType } from './field-types.ts';
import { columnOf } from './row-decoder.ts';
import type { Row } from './row-decoder.ts';
import { termsOf } from './search.ts';
import { AS_PRINTED } from './source-document.ts';
import type { FromSource } from './source-document.ts';
import { compileRowView } from './source-view.ts';
import type { SourceView } from './source-view.ts';

/** A table of other aggregates that documents copy from. */
export interface ReferencedTable {
  readonly table: string;
  /** SQL column by which its rows are named. */
  readonly keyColumn: string;
  readonly keyType: FieldType;
  /** SQL column → its type, of all that is copied from it. */
  readonly columns: Fields;
  /** Its rows as the companions hold them. */
  readonly sourceView: SourceView;
  readonly fromSource: FromSource;
  /** How documents copy from its rows; null: several references are to it, each in its own way. */
  readonly usage: Usage | null;
}

/** What is copied by one reference. */
export interface Usage {
  /** Whose elements name the rows; null: the root does. */
  readonly list: string | null;
  /** The field that names one. */
  readonly by: string;
  readonly copies: readonly Copy[];
}

/** Which row a document has copied from, and as what it has seen it: of what `Companion` calls its rev. */
export interface Ref {
  /** Of the companion. */
  readonly id: string;
  readonly rev: number | null;
  /** What the document is found by of the texts that it has copied from there; left out where none of them is searched. */
  readonly words?: readonly string[];
}

export interface Filled {
  readonly content: Content;
  /** Each companion once, in the order of their ids. */
  readonly refs: readonly Ref[];
}

export interface References {
  readonly tables: ReadonlyMap<string, ReferencedTable>;
  /** Of the companions that a content copies from. */
  idsOf(this: void, content: Content): readonly string[];
  /** The content with every copy as the companions say it is. */
  filled(this: void, content: Content, companionOf: (id: string) => Companion): Filled;
  /** null: it is the id of a document, and of no companion. */
  companionAt(this: void, id: string): { readonly table: ReferencedTable; readonly key: string } | null;
}

/** Ids of documents are uuids or integers where there are references, so that none is ever taken for a companion's. */
const SEPARATOR = ':';

export function companionId(table: string, key: string): string {
  return `${table}${SEPARATOR}${key}`;
}

export interface Referring {
  /** null: nothing is copied. */
  readonly references: References | null;
}

export function isCompanion({ references }: Referring, id: string): boolean {
  return references !== null && references.companionAt(id) !== null;
}

/** Which document the changes of a row go into. `table`: null where the change does not say. */
export function documentAt({ references }: Referring, table: string | null, key: string): string {
  return table !== null && references?.tables.has(table) ? companionId(table, key) : key;
}

/** The key of the changes that go into a document. */
export function keyOfDocument({ references }: Referring, id: string): string {
  return references?.companionAt(id)?.key ?? id;
}

interface Copy {
  readonly field: string;
  /** Of SQL. */
  readonly column: string;
  /** Documents are found by its words. */
  readonly isSearched: boolean;
}

/** The words that documents are found by which copy so from this row; null: they are found by none of it. */
export function copiedWords(copies: readonly Copy[], row: Row | null): readonly string[] | null {
  const texts = copies.flatMap(({ column, isSearched }) => (isSearched ? [row?.[column]] : []));
  return texts.length === 0 ? null : termsOf(texts.filter((text) => typeof text === 'string'));
}

/** null: nothing is copied. The definition fits (`whyNotReferenced`). */
export function compileReferences(definition: ProjectionDefinition): References | null {
  const { references = {} } = definition;
  if (Object.keys(references).length === 0) return null;
  const usages = usagesOf(definition);
  const tables = new Map(
    Object.values(references).map((each) => [each.table, compileTable(definition, each, usages)] as const),
  );

  /** Tells of each value that names a row; the fields of a document that waits for its root are not there yet. */
  function filled(content: Content, companionOf: (id: string) => Companion): Filled {
    const used = new Map<string, Ref>();
    const copyInto = (into: Record<string, unknown>, { table, by, copies }: TableUsage): void => {
      const key = keyIn(into[by]);
      const id = key === null ? null : companionId(table, key);
      const there = copies.filter(({ field }) => field in into);
      if (there.length === 0) return;
      const { row, rev } = id === null ? UNKNOWN : companionOf(id);
      for (const { field, column } of there) into[field] = row?.[column] ?? null;
      if (id === null) return;
      const words = copiedWords(there, row);
      const known = used.get(id)?.words;
      const all = words === null ? known : [...new Set([...(known ?? []), ...words])];
      used.set(id, { id, rev, ...(all && { words: all }) });
    };
    const copied: Record<string, unknown> = { ...content };
    for (const usage of usages) {
      const { list } = usage;
      if (list === null) {
        copyInto(copied, usage);
        continue;
      }
      const elements = unpacked(copied[list]) as readonly Row[] | undefined;
      if (elements === undefined) continue;
      copied[list] = elements.map((each) => {
        const element = { ...each };
        copyInto(element, usage);
        return element;
      });
    }
    const refs = [...used.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return { content: copied, refs };
  }

  return {
    tables,
    filled,
    idsOf(content) {
      const ids = new Set<string>();
      filled(content, (id) => {
        ids.add(id);
        return { row: null, rev: null };
      });
      return [...ids];
    },
    companionAt(id) {
      const at = id.indexOf(SEPARATOR);
      const table = at < 0 ? undefined : tables.get(id.slice(0, at));
      return table === undefined ? null : { table, key: id.slice(at + SEPARATOR.length) };
    },
  };
}

interface TableUsage extends Usage {
  readonly table: string;
}

/** One a reference. */
function usagesOf(definition: ProjectionDefinition): readonly TableUsage[] {
  const { references = {}, search } = definition;
  const copies = allCopies(definition);
  return Object.entries(references).map(([reference, { table, by }]) => {
    const inner = fieldIn(by);
    const list = inner === by ? null : by.slice(0, -inner.length - 1);
    return {
      table,
      list,
      by: inner,
      copies: copies.flatMap(({ path, name, type, copied }) => {
        if (copied.reference !== reference) return [];
        return [
          { field: name, column: columnOf(name, type), isSearched: search?.text.includes(path) === true },
        ];
      }),
    };
  });
}

function compileTable(
  definition: ProjectionDefinition,
  { table, key, by }: ReferenceDefinition,
  usages: readonly TableUsage[],
): ReferencedTable {
  const keyType = fieldAt(definition, by);
  if (!keyType) throw new TypeError(`${definition.name}: ${by} is no field`);
  const columns = columnsOf(definition, table);
  return {
    table,
    keyColumn: key,
    keyType,
    columns,
    sourceView: compileRowView(`${definition.name}_reference_${table}`, table, key, columns),
    fromSource: AS_PRINTED,
    usage: one(usages.filter((each) => each.table === table)),
  };
}

function one<T>(all: readonly T[]): T | null {
  return all.length === 1 ? (all[0] ?? null) : null;
}

/** All that is copied from a table, by whichever of its references; a column is null where one of them takes it so. */
function columnsOf(definition: ProjectionDefinition, table: string): Fields {
  const columns: Record<string, FieldType> = {};
  for (const { name, type, copied } of allCopies(definition)) {
    if (definition.references?.[copied.reference]?.table !== table) continue;
    const { copied: _copied, ...plain } = type;
    const column = columnOf(name, type);
    const nullable = copied.nullable || columns[column]?.nullable === true;
    columns[column] = { ...plain, column, nullable };
  }
  return columns;
}

interface CopiedField {
  /** null: of the root. */
  readonly list: string | null;
  /** As a definition names it. */
  readonly path: string;
  readonly name: string;
  readonly type: FieldType;
  readonly copied: NonNullable<FieldType['copied']>;
}

function allCopies({ root, embed = {} }: ProjectionDefinition): readonly CopiedField[] {
  const of = (list: string | null, fields: Fields): readonly CopiedField[] =>
    Object.entries(fields).flatMap(([name, type]) =>
      type.copied === undefined
        ? []
        : [{ list, path: list === null ? name : `${list}.${name}`, name, type, copied: type.copied }],
    );
  const inLists = Object.entries(embed).flatMap(([list, each]) =>
    each.kind === 'list' ? of(list, each.fields) : [],
  );
  return [...of(null, root.fields), ...inLists];
}

/** Of a value that names a row: its key, as the row's changes have it; null: none is named. */
export function keyIn(value: unknown): string | null {
  const key = unpacked(value);
  return typeof key === 'string' || typeof key === 'number' ? String(key) : null;
}

const NAMING_TYPES = new Set(['text', 'uuid', 'integer']);
const DOCUMENT_KEYS = new Set(['uuid', 'integer']);

/** Why a definition's references and copied fields do not fit; null when they do. */
export function whyNotReferenced(definition: ProjectionDefinition): string | null {
  const { root, embed = {}, references = {}, history, revision, lookups = {} } = definition;
  const copies = allCopies(definition);
  const own = new Set([root.table, ...Object.values(embed).map((each) => each.table)]);
  for (const [name, { table, key, by }] of Object.entries(references)) {
    const type = fieldAt(definition, by);
    if (!NAMING_TYPES.has(type?.name ?? '') || type?.copied)
      return `the reference ${name} is by ${by}, which must be a text, uuid or integer field of its own rows`;
    if (own.has(table))
      return `the reference ${name} is to ${table}, whose rows are the documents’ own: a reference is to another aggregate`;
    if (table.includes(SEPARATOR))
      return `the reference ${name} is to ${table}: a colon may not be in its name`;
    const other = Object.values(references).find((each) => each.table === table);
    if (other && (other.key !== key || fieldAt(definition, other.by)?.name !== type?.name))
      return `the reference ${name} names rows of ${table} by ${key}, and another does so by ${other.key} or by another type`;
    if (!copies.some(({ copied }) => copied.reference === name))
      return `no field is copied by the reference ${name}`;
  }
  if (Object.keys(references).length > 0) {
    if (history) return 'what is copied by references has no history: they do not go together';
    if (!DOCUMENT_KEYS.has(root.fields[root.key]?.name ?? ''))
      return `with references the key ${root.key} must be a uuid or an integer`;
  }
  const columns = new Map<string, string>();
  for (const { list, path, name, type, copied } of copies) {
    const reference = Object.hasOwn(references, copied.reference) ? references[copied.reference] : undefined;
    if (!reference) return `the field ${path} is copied by ${copied.reference}, which is no reference`;
    const [by = '', inner] = reference.by.split('.');
    if ((inner === undefined ? null : by) !== list)
      return `the field ${path} is copied by ${copied.reference}, which is by ${reference.by}: both must stand in one row`;
    const column = `${reference.table}.${columnOf(name, type)}`;
    const known = columns.get(column);
    if (known !== undefined && known !== type.name)
      return `${column} is copied as ${known} and as ${type.name}`;
    columns.set(column, type.name);
  }
  for (const [name, each] of Object.entries(embed)) {
    if (each.kind === 'map' && each.value.copied) return `the values of the map ${name} may not be copied`;
    if (each.kind !== 'list') continue;
    const copied = [each.key, ...each.orderBy].find((field) => each.fields[field]?.copied);
    if (copied !== undefined) return `${name} may not be ordered or keyed by ${copied}, which is copied`;
  }
  const unmoved: ReadonlyArray<readonly [what: string, path: string]> = [
    ['the key', root.key],
    ...(revision === undefined ? [] : [['the revision', revision] as const]),
    ...Object.entries(lookups).map(([parameter, { field }]) => [`the lookup ${parameter}`, field] as const),
    ...countedBy(definition).map((path) => ['a tally', path] as const),
  ];
  for (const [what, path] of unmoved)
    if (fieldAt(definition, path)?.copied) return `${what} may not be by ${path}, which is copied`;
  return null;
}

function countedBy({ tallies = {} }: ProjectionDefinition): readonly string[] {
  return Object.values(tallies).flatMap((tally): readonly string[] => {
    if (tally.kind === 'value') return [tally.path];
    if (tally.kind === 'day') return [tally.field];
    if (tally.kind !== 'group') return [];
    return [...Object.values(tally.by).map(({ field }) => field), ...tally.sum, ...Object.keys(tally.where)];
  });
}
