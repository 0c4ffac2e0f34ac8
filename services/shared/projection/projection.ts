/**
 * A projection ready for use: everything that the services derive from one definition. Pure; knows no driver.
 */
import { changesTopic } from '../stream-names.ts';
import { compileCapture } from './capture.ts';
import type { CapturedTable } from './capture.ts';
import type { ChangeEvent } from './change-event.ts';
import type { ProjectionDefinition } from './definition.ts';
import { compileEvolve } from './evolve.ts';
import type { Evolve } from './evolve.ts';
import { compileFilters, compileIndexes, compileLookups } from './queries.ts';
import type { Filter, IndexSpec, Lookup } from './queries.ts';
import { compileResponseSchema } from './response-schema.ts';
import type { JsonSchema } from './response-schema.ts';
import { compileSourceView } from './source-view.ts';
import type { SourceView } from './source-view.ts';

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
  /** Ids of the documents that a change goes into. None: the change is not this projection's. */
  readonly targets: (change: ChangeEvent) => readonly string[];
  readonly evolve: Evolve;
  readonly sourceView: SourceView;
  readonly lookups: readonly Lookup[];
  readonly filters: readonly Filter[];
  readonly indexes: readonly IndexSpec[];
  readonly responseSchema: JsonSchema;
}

/**
 * Compiles and checks a definition.
 * @throws TypeError naming the projection and what does not fit.
 */
export function defineProjection(definition: ProjectionDefinition): Projection {
  check(definition);
  const captured = compileCapture(definition);
  const tables = new Set(captured.map(({ table }) => table));
  const lookups = compileLookups(definition);
  const filters = compileFilters(definition);
  return {
    name: definition.name,
    version: definition.version,
    definition,
    stream: definition.stream,
    topic: changesTopic(definition.stream),
    group: `readside.${definition.name}.v${definition.version}`,
    resource: definition.resource,
    captured,
    // Here the document is the aggregate, so its id is the partition key. Others may fan out.
    targets: (change) => (tables.has(change.table) ? [change.key] : []),
    evolve: compileEvolve(definition),
    sourceView: compileSourceView(definition),
    lookups,
    filters,
    indexes: compileIndexes(lookups, filters),
    responseSchema: compileResponseSchema(definition),
  };
}

const KEY_TYPES = new Set(['text', 'uuid', 'integer']);

function check(definition: ProjectionDefinition): void {
  const { name, root, embed = {}, revision, lookups = {}, filters = {} } = definition;
  const refuse = (why: string): never => {
    throw new TypeError(`projection ${name}: ${why}`);
  };
  if (!/^[a-z][a-z0-9_]*$/.test(name)) refuse('its name must be lower case letters, digits and _');
  if (!KEY_TYPES.has(root.fields[root.key]?.name ?? ''))
    refuse(`the key ${root.key} must be a text, uuid or integer field`);
  const fieldNames = [...Object.keys(root.fields), ...Object.keys(embed)];
  for (const field of fieldNames)
    if (/^[_$]|\./.test(field)) refuse(`the field ${field} may not start with _ or $ or hold a dot`);
  if (new Set(fieldNames).size !== fieldNames.length)
    refuse('a field and an embedded table have the same name');
  const tables = [root.table, ...Object.values(embed).map((each) => each.table)];
  if (new Set(tables).size !== tables.length) refuse('a table is used twice');
  if (revision !== undefined && root.fields[revision]?.name !== 'integer')
    refuse(`the revision ${revision} must be an integer field`);
  for (const { field } of Object.values(lookups))
    if (!root.fields[field]) refuse(`a lookup names ${field}, which is no root field`);
  for (const path of Object.values(filters))
    if (!resolves(definition, path)) refuse(`a filter names ${path}, which is no field`);
  for (const each of Object.values(embed)) {
    if (each.kind === 'list' && !each.fields[each.key])
      refuse(`the list of ${each.table} has no field ${each.key}`);
  }
}

function resolves({ root, embed = {} }: ProjectionDefinition, path: string): boolean {
  const [first = '', second] = path.split('.');
  if (second === undefined) return root.fields[first] !== undefined;
  const inner = embed[first];
  return inner?.kind === 'list' && inner.fields[second] !== undefined;
}
