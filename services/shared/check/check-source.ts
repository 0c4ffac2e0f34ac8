/** A projection against Postgres' catalog: does the source give what the documents are made of? Pure. */
import type { Fields, FoldedRoot } from '../projection/definition.ts';
import { text } from '../projection/field-types.ts';
import type { FieldType } from '../projection/field-types.ts';
import { foldedFields } from '../projection/fold.ts';
import type { Projection } from '../projection/projection.ts';
import { columnOf, ownFields } from '../projection/row-decoder.ts';
import { PUBLICATION } from '../stream-names.ts';
import type { Finding } from './finding.ts';
import type { CatalogTable, SourceCatalog } from './source-catalog.ts';

/** Field type → the column types that Debezium delivers in a form that it decodes. */
const COLUMN_TYPES: Readonly<Record<string, readonly string[]>> = {
  text: [
    'text',
    'varchar',
    'bpchar',
    'citext',
    'uuid',
    'enum',
    'xml',
    'json',
    'jsonb',
    'inet',
    'cidr',
    'macaddr',
  ],
  uuid: ['uuid', 'text', 'varchar', 'bpchar'],
  integer: ['int2', 'int4', 'int8'],
  boolean: ['bool'],
  timestamp: ['timestamptz'],
  decimal: ['numeric'],
  json: ['json', 'jsonb'],
};

/** What a value stands in that is within a column is JSON. */
function columnTypeOf({ name, path }: FieldType): string {
  return path === null ? name : 'json';
}

interface Needed {
  readonly table: string;
  readonly column: string;
  readonly type: FieldType;
}

/** @param mark the one of the view that this projection installs */
export function checkSource(
  projection: Projection,
  catalog: SourceCatalog,
  mark: string,
): readonly Finding[] {
  return [
    ...projection.captured.flatMap(({ table }) => checkTable(table, catalog.tables[table], projection)),
    ...checkPublication(projection, catalog),
    ...checkView(projection, catalog.viewMark, mark),
  ];
}

function ofFields(table: string, fields: Fields): readonly Needed[] {
  return Object.entries(ownFields(fields)).map(([name, type]) => ({
    table,
    column: columnOf(name, type),
    type,
  }));
}

/** The other fields are what the fold gives. */
function ofEvents(root: FoldedRoot): readonly Needed[] {
  const { table, fields, event } = root;
  const given = foldedFields(root);
  const placed = Object.entries(fields).filter(([name]) => !Object.hasOwn(given, name));
  return [...ofFields(table, Object.fromEntries(placed)), ...ofFields(table, event)];
}

function neededBy({ definition: { root, embed = {} }, references }: Projection): readonly Needed[] {
  return [
    ...(root.kind === 'table' ? ofFields(root.table, root.fields) : ofEvents(root)),
    ...Object.values(embed).flatMap((each): readonly Needed[] =>
      each.kind === 'list'
        ? ofFields(each.table, each.fields)
        : [
            { table: each.table, column: each.key, type: text },
            { table: each.table, column: each.value.column ?? 'value', type: each.value },
          ],
    ),
    ...[...(references?.tables.values() ?? [])].flatMap(({ table, keyColumn, keyType, columns }) => [
      { table, column: keyColumn, type: keyType },
      ...ofFields(table, columns),
    ]),
  ];
}

function checkTable(name: string, table: CatalogTable | undefined, checked: Projection): readonly Finding[] {
  const { name: projection, captured } = checked;
  if (!table)
    return [
      {
        code: 'table-missing',
        text: `Postgres has no table public.${name}`,
        why: `${projection} is made of its rows`,
        remedy: `readside migrate, or take the table out of the definition of ${projection}`,
        blocking: true,
      },
    ];
  const findings: Finding[] = [];
  const missing = (column: string): Finding => ({
    code: 'column-missing',
    text: `${name}.${column} is not in Postgres: dropped, or renamed`,
    why: 'changes come without it, and documents made of them would be wrong',
    remedy: `put the column back, or change the definition of ${projection} (its version too), then readside migrate and readside rebuild ${projection}`,
    blocking: true,
  });
  const { keyColumn = '', partitioned } = captured.find((each) => each.table === name) ?? {};
  for (const column of new Set([keyColumn, ...(partitioned ? [partitioned.column] : [])]))
    if (!table.columns[column]) findings.push(missing(column));
  if (partitioned && table.columns[partitioned.column]?.notNull === false)
    findings.push({
      code: 'partitioning-nullable',
      text: `${name}.${partitioned.column} may be null in Postgres, and chooses the partition of the row's changes`,
      why: 'the connector stops at a row without it',
      remedy: `alter table public.${name} alter column ${partitioned.column} set not null`,
      blocking: true,
    });
  for (const { column, type } of neededBy(checked).filter((each) => each.table === name)) {
    const found = table.columns[column];
    if (!found) {
      if (column !== keyColumn && column !== partitioned?.column) findings.push(missing(column));
    } else if (!COLUMN_TYPES[columnTypeOf(type)]?.includes(found.type))
      findings.push({
        code: 'column-type',
        text: `${name}.${column} is ${found.type} in Postgres, and ${columnTypeOf(type)} in the projection`,
        why: 'its values cannot be decoded',
        remedy: `change the column's type back, or the definition of ${projection} (its version too), then readside migrate and readside rebuild ${projection}`,
        blocking: true,
      });
    else if (!found.notNull && !type.nullable)
      findings.push({
        code: 'column-nullable',
        text: `${name}.${column} may be null in Postgres, and not in the projection`,
        why: 'a row with null would degrade its document',
        remedy: `make it nullable(…) in the definition of ${projection}, or the column NOT NULL`,
        blocking: false,
      });
  }
  if (!table.replicaIdentityFull)
    findings.push({
      code: 'replica-identity',
      text: `${name} has not REPLICA IDENTITY FULL`,
      why: 'deletes come without the document’s id, and updates without large columns that they did not touch',
      remedy: `alter table public.${name} replica identity full`,
      blocking: false,
    });
  return findings;
}

function checkPublication(
  projection: Projection,
  { publication, tables }: SourceCatalog,
): readonly Finding[] {
  const { captured, name } = projection;
  if (publication === null)
    return [
      {
        code: 'publication-missing',
        text: `Postgres has no publication ${PUBLICATION}`,
        why: 'no change leaves Postgres',
        remedy: 'readside migrate, or create it again',
        blocking: false,
      },
    ];
  const findings: Finding[] = [];
  const find = (code: string, message: string, remedy: string, blocking = false): void =>
    void findings.push({ code, text: message, why: 'changes would be left out', remedy, blocking });
  const kinds = (['insert', 'update', 'delete'] as const).filter((kind) => !publication[kind]);
  if (kinds.length > 0)
    find(
      'publication-operations',
      `the publication ${PUBLICATION} leaves out ${kinds.join(' and ')}`,
      `alter publication ${PUBLICATION} set (publish = 'insert, update, delete, truncate')`,
    );
  for (const { table } of captured) {
    if (tables[table]?.isPartitioned === true && !publication.viaRoot) {
      find(
        'publication-partitions',
        `${table} is partitioned, and the publication ${PUBLICATION} names its partitions in its place`,
        `alter publication ${PUBLICATION} set (publish_via_partition_root = true), then readside rebuild ${name}`,
      );
      continue;
    }
    const columns = publication.tables[table];
    if (!columns) {
      find(
        'publication-table',
        `${table} is not in the publication ${PUBLICATION}`,
        `alter publication ${PUBLICATION} add table public.${table}, then readside rebuild ${name}`,
      );
      continue;
    }
    if (publication.filtered.includes(table))
      find(
        'publication-filter',
        `the publication ${PUBLICATION} has a filter on the rows of ${table}`,
        `alter publication ${PUBLICATION} drop table public.${table}, and add it without WHERE`,
      );
    // Not a column that is missing in the table too: that was said of the table.
    const hidden = neededBy(projection)
      .filter(
        (each) =>
          each.table === table && tables[table]?.columns[each.column] && !columns.includes(each.column),
      )
      .map(({ column }) => column);
    if (hidden.length > 0)
      find(
        'publication-columns',
        `the publication ${PUBLICATION} leaves out ${hidden.map((column) => `${table}.${column}`).join(', ')}`,
        `alter publication ${PUBLICATION} drop table public.${table}, and add it without a list of columns`,
        true,
      );
  }
  return findings;
}

function checkView(
  { sourceView, name }: Projection,
  installed: string | null | undefined,
  mark: string,
): readonly Finding[] {
  if (installed === mark) return [];
  const missing = installed === undefined;
  return [
    {
      code: missing ? 'view-missing' : 'view-outdated',
      text: missing
        ? `the source view ${sourceView.name} is not in Postgres`
        : `the source view ${sourceView.name} is not that of this version of ${name}`,
      why: 'consistency=source and rebuild read it',
      remedy: 'readside migrate',
      blocking: false,
    },
  ];
}
