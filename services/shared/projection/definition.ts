/**
 * How a read model is declared: a root table, the tables embedded in its document, and what readers may look it up by.
 * Everything else (evolve, SQL view, capture settings, indexes, response schema) is derived in `projection.ts`.
 */
import type { FieldType } from './field-types.ts';

export type Fields = Readonly<Record<string, FieldType>>;

/** A document a row. */
export interface TableRoot {
  readonly kind: 'table';
  readonly table: string;
  /** The field that is the document's id. Its type comes from `fields`, and must be text, uuid or integer. */
  readonly key: string;
  readonly fields: Fields;
}

/** A document a stream of events, one a row, in a table in which rows are added and neither changed nor deleted. */
export interface FoldedRoot {
  readonly kind: 'folded';
  readonly table: string;
  /** The field that is the document's id: the column that says which stream an event is of. Text, uuid or integer. */
  readonly key: string;
  /** The integer field that says how far the stream is folded: the column that counts its events 1, 2, 3 and so on without a gap. */
  readonly position: string;
  /** What documents hold. Key and position come from columns, all others from `evolve`. */
  readonly fields: Fields;
  /** What `evolve` is given of an event. */
  readonly event: Fields;
  /** The content before the first event; frozen. */
  readonly initial: Readonly<Record<string, unknown>>;
  /** Pure and total: the content without key and position, and the next event → the next content. What it throws refuses the event. */
  readonly evolve: (
    content: Readonly<Record<string, unknown>>,
    event: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>>;
  /**
   * Whether a document may be shown after any event, also between two that one transaction adds to its stream. Then nobody has to wait for a
   * proof that the transaction is over. Default: false.
   */
  readonly eventIsWhole?: boolean;
}

export type RootDefinition = TableRoot | FoldedRoot;

export interface ListDefinition {
  readonly kind: 'list';
  readonly table: string;
  /** SQL column that names the document the row belongs to. */
  readonly parent: string;
  /** The field that tells one element from another. */
  readonly key: string;
  /** Fields, most significant first; must end in something unique in a list, usually the key. */
  readonly orderBy: readonly string[];
  readonly fields: Fields;
}

export interface MapDefinition {
  readonly kind: 'map';
  readonly table: string;
  /** SQL column that names the document the row belongs to. */
  readonly parent: string;
  /** SQL column of the entry's name (text). */
  readonly key: string;
  readonly value: FieldType;
  /** What is shown where documents are described: in OpenAPI. */
  readonly example?: Readonly<Record<string, unknown>>;
}

export type EmbedDefinition = ListDefinition | MapDefinition;

/**
 * A row of another aggregate that a document names: fields are copied from it (`copied`), into however many documents name it, and follow
 * it when it changes.
 */
export interface ReferenceDefinition {
  readonly table: string;
  /** SQL column of that table by which a row is named: unique, and of the type of `by`. */
  readonly key: string;
  /** The root field, or `list.field`, that names the row: text, uuid or integer; null names none. */
  readonly by: string;
}

/** A lookup by which at most one document is found. */
export interface LookupDefinition {
  readonly field: string;
  readonly ignoreCase?: boolean;
}

/** Documents that are found by the beginnings of words, listed in several orders, and counted by their values. */
export interface SearchDefinition {
  /**
   * Fields of text, of the root or as `list.field`: `q` finds a document where each word of it begins one of theirs, whatever case and
   * accents. None: there is no `q`, and documents are listed in their orders only.
   */
  readonly text: readonly string[];
  /** Value of `sort` → the root field that it sorts by, text without regard to case and accents. The first is the default. */
  readonly sorts: Readonly<Record<string, string>>;
  /** Name → the field, `list.field` or map whose values are counted among the documents found. */
  readonly facets?: Readonly<Record<string, string>>;
}

/** What a document was before, kept beside it: an entry a transaction, until there are too many or they are too old. */
export interface HistoryDefinition {
  /** The resource whose documents' history it is, and under whose path readers find it. */
  readonly of: string;
  /** Entries, at most. */
  readonly keep: number;
  /** Older ones than this are dropped when a new one is added. */
  readonly days?: number;
  /** SQL column of the root's table that says who changed the row last (text); may be absent or null. */
  readonly by?: string;
}

/** What documents are counted by, over all of them; each counts once for the same value. */
export type TallyDefinition =
  | { readonly kind: 'every' }
  /** `field` or `list.field`. */
  | { readonly kind: 'value'; readonly path: string }
  /** The day in UTC of a root timestamp. */
  | { readonly kind: 'day'; readonly field: string }
  /** Name and value of each entry of an embedded map. */
  | { readonly kind: 'entry'; readonly map: string }
  | GroupTally;

/** Documents by several of their root's values together, and sums over those in a group. */
export interface GroupTally {
  readonly kind: 'group';
  /** Name → the part of a document that groups it; none: all are one group. */
  readonly by: Readonly<Record<string, GroupKey>>;
  /** Integer root fields that are added up; null adds nothing. */
  readonly sum: readonly string[];
  /** Root field → its values: others are in no group. */
  readonly where: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

/** A root field's value, or the span in UTC that a root timestamp lies in. */
export interface GroupKey {
  readonly field: string;
  readonly span: TimeSpan | null;
}

export type TimeSpan = 'month' | 'day' | 'hour' | 'minute';

/** In which partition a document's changes are, where that is not for its id to say. */
export interface PartitioningDefinition {
  /** Root field of text or uuid. Each table of the document has its column, and no row ever changes its value. */
  readonly by: string;
  /** Partitions of the stream's topic: the connector has to know how many there are. */
  readonly into: number;
}

export interface ProjectionDefinition {
  readonly name: string;
  /** Raised with every change that makes documents differ. */
  readonly version: number;
  /** The stream whose changes it folds: topic `<stream>.changes`. Several projections may share one. */
  readonly stream: string;
  /** Plural noun: the collection in MongoDB and the path of the read API. */
  readonly resource: string;
  /** All changes of what has the same value in order, one after the other: in one partition. */
  readonly partitioned?: PartitioningDefinition;
  /** Integer root field that every command raises last (invariant 9); what a consistency token waits for. Of a folded root it is the position. */
  readonly revision?: string;
  readonly root: RootDefinition;
  readonly embed?: Readonly<Record<string, EmbedDefinition>>;
  /** Name → the row of another table that documents copy fields from. Two may be of one table. */
  readonly references?: Readonly<Record<string, ReferenceDefinition>>;
  /** Query parameter → the root field it finds one document by. */
  readonly lookups?: Readonly<Record<string, LookupDefinition>>;
  /**
   * Query parameter → `field`, `list.field` or map that it selects many documents by, or the span of a root timestamp. Those of one list hold
   * for one element; an entry of a map is written `key:value`, and a span as in `2026-11-26`.
   */
  readonly filters?: Readonly<Record<string, string | GroupKey>>;
  readonly search?: SearchDefinition;
  readonly history?: HistoryDefinition;
  /** Name → what is counted, kept with each save. Its read API serves the counts in place of the documents. */
  readonly tallies?: Readonly<Record<string, TallyDefinition>>;
}

export function table(name: string, options: Omit<TableRoot, 'kind' | 'table'>): TableRoot {
  return { kind: 'table', table: name, ...options };
}

/** `C`, `E`: the content and the event as `evolve` knows them; `fields` and `event` say the same to the engine, which holds them to it. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- an author's events are of their own type, not of any object's
export function folded<C extends object, E extends object>(
  name: string,
  {
    initial,
    evolve,
    ...options
  }: Pick<FoldedRoot, 'key' | 'position' | 'fields' | 'event' | 'eventIsWhole'> & {
    readonly initial: C;
    readonly evolve: (content: C, event: E) => C;
  },
): FoldedRoot {
  return {
    kind: 'folded',
    table: name,
    ...options,
    initial: frozen(initial) as FoldedRoot['initial'],
    evolve: evolve as unknown as FoldedRoot['evolve'],
  };
}

/** All documents begin with the same one: a function that is not pure must fail, and not change the others' beginning. */
function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner);
  return Object.freeze(value);
}

export function list(name: string, options: Omit<ListDefinition, 'kind' | 'table'>): ListDefinition {
  return { kind: 'list', table: name, ...options };
}

export function map(name: string, options: Omit<MapDefinition, 'kind' | 'table'>): MapDefinition {
  return { kind: 'map', table: name, ...options };
}

export function reference(name: string, options: Omit<ReferenceDefinition, 'table'>): ReferenceDefinition {
  return { table: name, ...options };
}

/** A tally of all documents. */
export const every: TallyDefinition = { kind: 'every' };

export function byValue(path: string): TallyDefinition {
  return { kind: 'value', path };
}

export function byDay(field: string): TallyDefinition {
  return { kind: 'day', field };
}

export function byEntry(embeddedMap: string): TallyDefinition {
  return { kind: 'entry', map: embeddedMap };
}

/** Where a filter looks. */
export function filterPath(filter: string | GroupKey): string {
  return typeof filter === 'string' ? filter : filter.field;
}

/** Of root fields: `by` as `{ day: spanOf('day', 'placedAt'), currency: valueOf('currency') }`. */
export function grouped({ by = {}, sum = [], where = {} }: Partial<Omit<GroupTally, 'kind'>>): GroupTally {
  return { kind: 'group', by, sum, where };
}

export function valueOf(field: string): GroupKey {
  return { field, span: null };
}

export function spanOf(span: TimeSpan, field: string): GroupKey {
  return { field, span };
}

/** Of `list.field` or `field`: what it is called in its own row. */
export function fieldIn(path: string): string {
  return path.slice(path.indexOf('.') + 1);
}

/** The type of `field` or of `list.field`; undefined: there is none. */
export function fieldAt({ root, embed = {} }: ProjectionDefinition, path: string): FieldType | undefined {
  const [first = '', second] = path.split('.');
  if (second === undefined) return root.fields[first];
  const inner = embed[first];
  return inner?.kind === 'list' ? inner.fields[second] : undefined;
}
