/** Tables → what a read model of them would be made of. Pure. */
import { snakeCase } from '../../services/shared/projection/field-types.ts';
import { CliError, EXIT } from '../exit.ts';
import type { ColumnFacts, TableFacts } from './table-facts.ts';

/** As the definition writes it. */
export interface PlannedField {
  readonly name: string;
  /** Name of the field type. */
  readonly type: string;
  readonly nullable: boolean;
  readonly column: string;
}

export interface PlannedRoot {
  readonly table: string;
  /** A field. */
  readonly key: string;
  readonly fields: readonly PlannedField[];
}

export interface PlannedList {
  readonly kind: 'list';
  readonly name: string;
  readonly table: string;
  /** A column. */
  readonly parent: string;
  /** A field, as are those that it is ordered by. */
  readonly key: string;
  readonly orderBy: readonly string[];
  readonly fields: readonly PlannedField[];
}

export interface PlannedMap {
  readonly kind: 'map';
  readonly name: string;
  readonly table: string;
  readonly parent: string;
  /** A column. */
  readonly key: string;
  readonly value: PlannedField;
}

export interface ModelNames {
  readonly name: string;
  /** Of the application, from the clone's, with a slash behind it; empty: the clone's own. */
  readonly folder: string;
  readonly stream: string;
  readonly resource: string;
}

export interface PlannedModel extends ModelNames {
  /** A field; null: there is none that looks like one. */
  readonly revision: string | null;
  readonly root: PlannedRoot;
  readonly embeds: ReadonlyArray<PlannedList | PlannedMap>;
  /** Columns that no field type takes, as `table.column: type`. */
  readonly leftOut: readonly string[];
}

/** A column's type → the field type that takes it as it is. */
const FIELD_TYPES: Readonly<Record<string, string>> = {
  uuid: 'uuid',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  bool: 'boolean',
  timestamptz: 'timestamp',
  numeric: 'decimal',
  json: 'json',
  jsonb: 'json',
  ...Object.fromEntries(
    ['text', 'varchar', 'bpchar', 'citext', 'enum', 'xml', 'inet', 'cidr', 'macaddr'].map((type) => [
      type,
      'text',
    ]),
  ),
};
const KEY_TYPES: ReadonlySet<string> = new Set(['uuid', 'integer', 'text']);
const REVISIONS: readonly string[] = ['version', 'revision'];
/** By which a list's elements are most likely to be ordered, if they have it. */
const CREATED: readonly string[] = ['createdAt', 'insertedAt', 'addedAt'];

/** The first table is the root. @throws CliError (usage) that says what does not fit. */
export function planModel(names: ModelNames, [root, ...children]: readonly TableFacts[]): PlannedModel {
  if (!root) throw new CliError(EXIT.usage, 'name the root’s table: --table <name>');
  const tables = [root, ...children];
  const leftOut = tables.flatMap(({ table, columns }) =>
    columns.filter((each) => fieldOf(each) === null).map(({ name, type }) => `${table}.${name}: ${type}`),
  );
  const planned = planRoot(root);
  return {
    ...names,
    revision:
      planned.fields.find(
        ({ name, type, nullable }) => REVISIONS.includes(name) && type === 'integer' && !nullable,
      )?.name ?? null,
    root: planned,
    embeds: children.map((each) => planEmbed(each, root)),
    leftOut,
  };
}

function planRoot({ table, columns, primaryKey }: TableFacts): PlannedRoot {
  const fields = fieldsOf(columns);
  const key = fields.find(({ column }) => primaryKey.length === 1 && column === primaryKey[0]);
  if (!key || !KEY_TYPES.has(key.type))
    throw new CliError(
      EXIT.usage,
      `public.${table} cannot be a root: its primary key must be one column of type uuid, integer or text`,
    );
  return { table, key: key.name, fields };
}

function planEmbed(child: TableFacts, root: TableFacts): PlannedList | PlannedMap {
  const { table, columns, primaryKey } = child;
  const [reference, ...more] = child.references.filter((each) => each.table === root.table);
  if (!reference || more.length > 0)
    throw new CliError(
      EXIT.usage,
      `public.${table} has ${reference ? 'several foreign keys' : 'no foreign key'} of one column to public.${root.table}: which row belongs to which document is not clear`,
    );
  const parent = reference.column;
  const fields = fieldsOf(columns).filter(({ column }) => column !== parent);
  const ownKey = primaryKey.filter((column) => column !== parent);
  const [keyColumn] = ownKey;
  const key = fields.find(({ column }) => ownKey.length === 1 && column === keyColumn);
  if (!key || !KEY_TYPES.has(key.type))
    throw new CliError(
      EXIT.usage,
      `public.${table} cannot be embedded: its primary key, but for ${parent}, must be one column of type uuid, integer or text`,
    );
  const name = camelCase(table);
  const isMap = primaryKey.length === 2 && key.type === 'text';
  const values = fields.filter((each) => each !== key && !each.name.endsWith('At'));
  const [value] = values;
  if (isMap && value && values.length === 1)
    return { kind: 'map', name, table, parent, key: key.column, value: { ...value, name: 'value' } };
  const created = fields.find(
    (each) => CREATED.includes(each.name) && each.type === 'timestamp' && !each.nullable,
  );
  return {
    kind: 'list',
    name,
    table,
    parent,
    key: key.name,
    orderBy: [...(created ? [created.name] : []), key.name],
    fields,
  };
}

function fieldsOf(columns: readonly ColumnFacts[]): readonly PlannedField[] {
  return columns.flatMap((each) => fieldOf(each) ?? []);
}

/** null: no field type takes it. */
function fieldOf({ name, type, notNull }: ColumnFacts): PlannedField | null {
  const field = FIELD_TYPES[type];
  return field === undefined
    ? null
    : { name: camelCase(name), type: field, nullable: !notNull, column: name };
}

/** A name that the language would refuse keeps what can stay of it. */
export function camelCase(column: string): string {
  const plain = column.replace(/^[_$]+/, '').replaceAll('.', '');
  return plain.replaceAll(/_+([a-zA-Z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Whether the field finds its column by its own name. */
export function isNamedAlike({ name, column }: PlannedField): boolean {
  return snakeCase(name) === column;
}
