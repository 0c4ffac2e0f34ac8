/** What a definition makes of its documents and of the questions to them, as plain text: so that two versions can be compared. Pure. */
import type {
  EmbedDefinition,
  Fields,
  GroupKey,
  ProjectionDefinition,
  RootDefinition,
} from './definition.ts';
import type { FieldType } from './field-types.ts';
import { foldedFields } from './fold.ts';
import { columnOf, tellColumn } from './row-decoder.ts';
import { compileSearched } from './search.ts';
import type { Searched } from './search.ts';
import { tellTally } from './tallies.ts';

/** Name → how it is made. Plain JSON; what two versions have in common reads the same. */
export interface Shape {
  /** `email`, `addresses`, `addresses[].city`, `tally users` */
  readonly documents: Readonly<Record<string, string>>;
  /** `lookup email`, `filter country`, `revision` */
  readonly queries: Readonly<Record<string, string>>;
}

export interface ShapeChange {
  readonly what: string;
  /** null: it is new. */
  readonly before: string | null;
  /** null: it is gone. */
  readonly after: string | null;
  /** documents: those that are there are not as the definition says until they are made anew. */
  readonly affects: keyof Shape;
}

export function shapeOf(definition: ProjectionDefinition): Shape {
  const {
    root,
    embed = {},
    references = {},
    revision,
    lookups = {},
    filters = {},
    search,
    history,
    tallies = {},
  } = definition;
  return {
    documents: {
      ...ofRoot(root, references),
      ...Object.assign({}, ...Object.entries(embed).map(([name, each]) => embedOf(name, each, references))),
      ...named(
        'reference',
        references,
        ({ table, key, by }) => `a row of ${table} by ${key}, named by ${by}`,
      ),
      ...keptForSearch(compileSearched(definition)),
      ...(history && {
        'its history': `of ${history.of}${history.by === undefined ? '' : `, who by ${root.table}.${history.by}`}`,
      }),
      // Each document says what it counts in.
      ...named('tally', tallies, tellTally),
    },
    queries: {
      ...(revision === undefined ? {} : { revision }),
      ...named(
        'lookup',
        lookups,
        ({ field, ignoreCase }) => `${field}${ignoreCase ? ', ignoring case' : ''}`,
      ),
      ...named('filter', filters, tellFilter),
      ...named('sort', search?.sorts ?? {}, (field) => field),
      ...named('facet', search?.facets ?? {}, (path) => path),
      ...(history && {
        'history kept': `${history.keep} entries${history.days === undefined ? '' : `, ${history.days} days`}`,
      }),
    },
  };
}

/** What is different in `after`, in its order; what is gone comes last. */
export function compareShapes(before: Shape, after: Shape): readonly ShapeChange[] {
  return (['documents', 'queries'] as const).flatMap((affects) => {
    const names = new Set([...Object.keys(after[affects]), ...Object.keys(before[affects])]);
    return [...names].flatMap((what): readonly ShapeChange[] => {
      const was = before[affects][what] ?? null;
      const is = after[affects][what] ?? null;
      return was === is ? [] : [{ what, before: was, after: is, affects }];
    });
  });
}

function ofRoot(root: RootDefinition, references: ReferencesOf): Record<string, string> {
  const { table, key, fields } = root;
  if (root.kind === 'table')
    return {
      document: `one for each row of ${table}, by ${key}`,
      ...fieldsOf('', table, fields, references),
    };
  // What the fold itself does no text says: its author raises the version.
  const given = Object.entries(foldedFields(root)).map(([name, type]) => [name, `${tellType(type)}, folded`]);
  return {
    document: `one for each stream of events in ${table}, by ${key}, in the order of ${root.position}`,
    ...fieldsOf('', table, fields, references),
    ...Object.fromEntries(given),
    ...fieldsOf('event ', table, root.event, references),
  };
}

function tellFilter(filter: string | GroupKey): string {
  if (typeof filter === 'string') return filter;
  return filter.span === null ? filter.field : `the ${filter.span} of ${filter.field}`;
}

/** Beside the document, and not shown. */
function keptForSearch({ text, folded, foldedElements, maps }: Searched): Record<string, string> {
  const elements = Object.entries(foldedElements).flatMap(([list, fields]) =>
    fields.map((field) => `${list}[].${field}`),
  );
  const kept = { words: text, folded: [...folded, ...elements], entries: maps };
  return Object.fromEntries(
    Object.entries(kept).flatMap(([name, of]) =>
      of.length === 0 ? [] : [[`kept ${name}`, `of ${of.join(', ')}`] as const],
    ),
  );
}

type ReferencesOf = NonNullable<ProjectionDefinition['references']>;

function embedOf(name: string, embed: EmbedDefinition, references: ReferencesOf): Record<string, string> {
  if (embed.kind === 'map') {
    const { table, parent, key, value } = embed;
    return {
      [name]: `map of ${table}.${value.column ?? 'value'} by ${table}.${key}, of ${parent}: ${tellType(value)}`,
    };
  }
  const { table, parent, key, orderBy, fields } = embed;
  return {
    [name]: `list of ${table} by ${key}, of ${parent}, in the order of ${orderBy.join(', ')}`,
    ...fieldsOf(`${name}[].`, table, fields, references),
  };
}

function fieldsOf(
  prefix: string,
  own: string,
  fields: Fields,
  references: ReferencesOf,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, type]) => {
      const reference = type.copied?.reference;
      const table = reference === undefined ? own : (references[reference]?.table ?? own);
      const origin = `${tellColumn(table, columnOf(name, type), type)}${reference === undefined ? '' : ` of ${reference}`}`;
      return [`${prefix}${name}`, `${tellType(type)} from ${origin}`];
    }),
  );
}

function tellType({ name, nullable }: FieldType): string {
  return `${nullable ? 'nullable ' : ''}${name}`;
}

function named<T>(
  kind: string,
  all: Readonly<Record<string, T>>,
  text: (each: T) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([name, each]) => [`${kind} ${name}`, text(each)]));
}
