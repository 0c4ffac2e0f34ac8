/**
 * A projection ready for use: everything that the services derive from one definition. Pure; knows no driver.
 */
import { changesTopic, projectorGroup } from '../stream-names.ts';
import { compileCapture } from './capture.ts';
import type { CapturedTable } from './capture.ts';
import { fieldAt, filterPath } from './definition.ts';
import type {
  FoldedRoot,
  GroupKey,
  HistoryDefinition,
  ListDefinition,
  PartitioningDefinition,
  ProjectionDefinition,
  RootDefinition,
  SearchDefinition,
} from './definition.ts';
import type { FieldType } from './field-types.ts';
import { compileEvolve } from './evolve.ts';
import type { Evolve } from './evolve.ts';
import { whyNotFolded } from './fold.ts';
import { compileFacets, compileFilters, compileIndexes, compileLookups, compileSorts } from './queries.ts';
import type { Facet, Filter, IndexSpec, Lookup, Sort } from './queries.ts';
import { keepingHistory } from './history.ts';
import { compileReferences, whyNotReferenced } from './references.ts';
import type { References } from './references.ts';
import { compileResponseSchema } from './response-schema.ts';
import type { JsonSchema } from './response-schema.ts';
import { compileSearched } from './search.ts';
import type { Searched } from './search.ts';
import { compileFromSource } from './source-document.ts';
import type { FromSource } from './source-document.ts';
import { compileSourceView } from './source-view.ts';
import type { SourceView } from './source-view.ts';
import { compileTallies, whyNotTallied } from './tallies.ts';
import type { TalliesOf } from './tallies.ts';

export interface Projection {
  readonly name: string;
  readonly version: number;
  readonly definition: ProjectionDefinition;
  readonly stream: string;
  /** Kafka topic of the stream. */
  readonly topic: string;
  /** Kafka consumer group of the projector. */
  readonly group: string;
  /** MongoDB collection, and path of the read API. */
  readonly resource: string;
  readonly captured: readonly CapturedTable[];
  /** Tables whose changes go into its documents. A document is the aggregate: its id is the changes' key. */
  readonly tables: ReadonlySet<string>;
  /** The table whose row is the last one of a document in a transaction (invariant 9); null: none says that it is over. */
  readonly closingTable: string | null;
  readonly evolve: Evolve;
  /** What documents copy from rows of other aggregates; null: nothing. */
  readonly references: References | null;
  readonly sourceView: SourceView;
  /** What the source view's row says the document is. */
  readonly fromSource: FromSource;
  /** Of the documents' ids, as it stands in the source. */
  readonly keyType: FieldType;
  readonly lookups: readonly Lookup[];
  readonly filters: readonly Filter[];
  /** Empty where documents are not searched; the first is the default. */
  readonly sorts: readonly Sort[];
  readonly facets: readonly Facet[];
  readonly searched: Searched;
  readonly indexes: readonly IndexSpec[];
  /** What a document counts in; null: nothing is counted. */
  readonly talliesOf: TalliesOf | null;
  readonly responseSchema: JsonSchema;
}

/** Where a stored document says which companions it has copied from (stored-document.ts). */
export const REFS_PATH = '_refs.id';

/**
 * Compiles and checks a definition.
 * @throws TypeError naming the projection and what does not fit.
 */
export function defineProjection(declared: ProjectionDefinition): Projection {
  check(declared);
  const { root } = declared;
  const definition = root.kind === 'folded' ? { ...declared, revision: root.position } : declared;
  const references = compileReferences(definition);
  const captured = compileCapture(definition, references);
  const tables: ReadonlySet<string> = new Set(captured.map(({ table }) => table));
  const lookups = compileLookups(definition);
  const searched = compileSearched(definition);
  const filters = compileFilters(definition, searched);
  const sorts = compileSorts(definition, searched);
  const evolve = compileEvolve(definition, references);
  const { history } = definition;
  const keyType = root.fields[root.key];
  if (!keyType) throw new TypeError(`projection ${definition.name}: it has no key`);
  const views = [...(references?.tables.values() ?? [])].map(({ sourceView }) => sourceView);
  return {
    name: definition.name,
    version: definition.version,
    definition,
    stream: definition.stream,
    topic: changesTopic(definition.stream),
    group: projectorGroup(definition.name, definition.version),
    resource: definition.resource,
    captured,
    tables,
    closingTable: closesTransactions(root) ? root.table : null,
    evolve: history ? keepingHistory(definition, history, evolve) : evolve,
    references,
    sourceView: compileSourceView(definition, views),
    fromSource: compileFromSource(definition),
    keyType,
    lookups,
    filters,
    sorts,
    facets: compileFacets(definition),
    searched,
    indexes: [
      ...compileIndexes(lookups, filters, sorts, searched),
      ...(references === null ? [] : [[REFS_PATH, '_id']]),
    ],
    talliesOf: compileTallies(definition),
    responseSchema: compileResponseSchema(definition),
  };
}

const KEY_TYPES = new Set(['text', 'uuid', 'integer']);
/** Types whose values have no order that SQL and the fold share. */
const UNORDERED_TYPES = new Set(['json', 'decimal']);

function check(definition: ProjectionDefinition): void {
  const { name, root, embed = {}, revision, lookups = {}, filters = {}, history } = definition;
  const refuse = (why: string): never => {
    throw new TypeError(`projection ${name}: ${why}`);
  };
  if (!/^[a-z][a-z0-9_]*$/.test(name)) refuse('its name must be lower case letters, digits and _');
  if (!KEY_TYPES.has(root.fields[root.key]?.name ?? ''))
    refuse(`the key ${root.key} must be a text, uuid or integer field`);
  if (root.fields[root.key]?.path) refuse(`the key ${root.key} must be a column: changes are keyed by it`);
  if (root.fields[root.key]?.nullable) refuse(`the key ${root.key} must not be nullable`);
  const fieldNames = [...Object.keys(root.fields), ...Object.keys(embed)];
  const listFields = Object.values(embed).flatMap((each) =>
    each.kind === 'list' ? Object.keys(each.fields) : [],
  );
  for (const field of [...fieldNames, ...listFields])
    if (/^[_$]|\./.test(field)) refuse(`the field ${field} may not start with _ or $ or hold a dot`);
  if (new Set(fieldNames).size !== fieldNames.length)
    refuse('a field and an embedded table have the same name');
  const tables = [root.table, ...Object.values(embed).map((each) => each.table)];
  if (new Set(tables).size !== tables.length) refuse('a table is used twice');
  if (revision !== undefined && root.fields[revision]?.name !== 'integer')
    refuse(`the revision ${revision} must be an integer field`);
  if (root.kind === 'folded') checkFolded(root, definition, refuse);
  for (const { field } of Object.values(lookups))
    if (!root.fields[field]) refuse(`a lookup names ${field}, which is no root field`);
  for (const filter of Object.values(filters)) checkFilter(definition, filter, refuse);
  if (definition.partitioned) checkPartitioning(definition, definition.partitioned, refuse);
  if (history) checkHistory(history, definition.resource, refuse);
  if (definition.search) checkSearch(definition, definition.search, refuse);
  for (const each of Object.values(embed)) if (each.kind === 'list') checkList(each, refuse);
  const why = whyNotTallied(definition) ?? whyNotReferenced(definition);
  if (why !== null) refuse(why);
}

/** Types whose values Debezium hands over as the text that they are in the document. */
const PARTITIONING_TYPES = new Set(['text', 'uuid']);

function checkPartitioning(
  { root }: ProjectionDefinition,
  { by, into }: PartitioningDefinition,
  refuse: (why: string) => never,
): void {
  if (root.kind === 'folded') refuse('a folded root is partitioned by its stream of events');
  const type = root.fields[by];
  if (!type || type.nullable || !PARTITIONING_TYPES.has(type.name))
    refuse(`it is partitioned by ${by}, which must be a text or uuid field that is not nullable`);
  if (by === root.key) refuse(`it is partitioned by its key ${by}, as it is without saying so`);
  if (!Number.isSafeInteger(into) || into < 1) refuse('it is partitioned into a whole number above 0');
}

function checkFolded(
  root: FoldedRoot,
  { embed = {}, revision = root.position }: ProjectionDefinition,
  refuse: (why: string) => never,
): void {
  const why = whyNotFolded(root);
  if (why !== null) refuse(why);
  if (Object.keys(embed).length > 0) refuse('nothing is embedded beside a folded root');
  if (revision !== root.position) refuse(`the revision of a folded root is its position, ${root.position}`);
}

/** An event may be followed by another one of the same stream. */
function closesTransactions(root: RootDefinition): boolean {
  return root.kind === 'table' || root.eventIsWhole === true;
}

function checkSearch(
  definition: ProjectionDefinition,
  { text, sorts, facets = {} }: SearchDefinition,
  refuse: (why: string) => never,
): void {
  const { fields } = definition.root;
  for (const path of text)
    if (fieldAt(definition, path)?.name !== 'text')
      refuse(`a search names ${path}, which is no field of text`);
  if (Object.keys(sorts).length === 0) refuse('a search has no order');
  for (const [name, field] of Object.entries(sorts)) {
    const type = fields[field];
    if (!type || type.nullable || UNORDERED_TYPES.has(type.name))
      refuse(`the sort ${name} names ${field}: it must be a root field that is not null, json or decimal`);
    if (!/^\w+$/.test(name)) refuse(`the sort ${name} must be named by letters, digits and _`);
  }
  for (const [name, path] of Object.entries(facets))
    if (!resolves(definition, path)) refuse(`the facet ${name} names ${path}, which is no field`);
}

function checkFilter(
  definition: ProjectionDefinition,
  filter: string | GroupKey,
  refuse: (why: string) => never,
): void {
  const path = filterPath(filter);
  if (!resolves(definition, path)) refuse(`a filter names ${path}, which is no field`);
  if (typeof filter === 'string' || filter.span === null) return;
  if (definition.root.fields[path]?.name !== 'timestamp')
    refuse(`a filter is by the ${filter.span} of ${path}, which must be a timestamp of the root`);
}

function checkHistory(
  { of, keep, days = 1 }: HistoryDefinition,
  resource: string,
  refuse: (why: string) => never,
): void {
  if (of === resource) refuse('a history has a collection of its own: it is of another resource');
  if (!Number.isSafeInteger(keep) || keep < 1 || !(days > 0))
    refuse('a history keeps a whole number of entries above 0, for more than 0 days');
}

function checkList({ table, fields, key, orderBy }: ListDefinition, refuse: (why: string) => never): void {
  const keyType = fields[key];
  if (!keyType) refuse(`the list of ${table} has no field ${key}`);
  else if (!KEY_TYPES.has(keyType.name) || keyType.nullable)
    refuse(`the key ${key} of ${table} must be a text, uuid or integer field that is not nullable`);
  if (orderBy.length === 0) refuse(`the list of ${table} has no order`);
  for (const field of orderBy) {
    const type = fields[field];
    // Nulls sort last in SQL; the fold does not know them.
    if (!type || type.nullable || UNORDERED_TYPES.has(type.name))
      refuse(`${table} cannot be ordered by ${field}: it must be a field that is not null, json or decimal`);
  }
}

/** A field, a field of a list, or a map. */
function resolves(definition: ProjectionDefinition, path: string): boolean {
  return fieldAt(definition, path) !== undefined || definition.embed?.[path]?.kind === 'map';
}
