/**
 * The Debezium connector of a stream, derived from what its projections capture. `connectors/<stream>.json` is this, written
 * out for people and for `curl -X PUT`; a test keeps the two in step. Pure.
 *
 * Every captured table is routed into one topic, keyed by the document's id, so that all changes of a document are in one
 * partition in commit order (invariant 2): the one of its key, or where the projection says so, that of a column's value.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ConnectorConfig } from '../services/shared/connect/connect-client.ts';
import type { CapturedTable } from '../services/shared/projection/capture.ts';
import { SOURCE_SCHEMA } from '../services/shared/projection/source-view.ts';
import {
  changesTopic,
  HEARTBEAT_INTERVAL_MS,
  HEARTBEAT_PREFIX,
  PUBLICATION,
  slotName,
} from '../services/shared/stream-names.ts';

const SOURCE_TABLES_SCHEMA = 'public';

/** For the one start of a connector whose documents are copied by a rebuild: it makes its slot and reads no rows. */
export const WITHOUT_SNAPSHOT: ConnectorConfig = { 'snapshot.mode': 'no_data' };

/** `captured`: the tables of all projections on the stream; a table named twice must have the same key column. */
export function connectorConfig(stream: string, captured: readonly CapturedTable[]): ConnectorConfig {
  const tables = mergeTables(stream, captured);
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',

    // The worker's environment holds the address and the password; this file and Connect's topic hold only their names.
    'database.hostname': '${env:READSIDE_PG_HOST}',
    'database.port': '${env:READSIDE_PG_PORT}',
    'database.dbname': '${env:READSIDE_PG_DATABASE}',
    'database.user': '${env:READSIDE_PG_REPLICATOR_USER}',
    'database.password': '${env:READSIDE_PG_REPLICATOR_PASSWORD}',
    'database.sslmode': '${env:READSIDE_PG_SSLMODE}',
    'database.sslrootcert': '${env:READSIDE_PG_SSLROOTCERT}',

    'plugin.name': 'pgoutput',
    'slot.name': slotName(stream),
    'publication.name': PUBLICATION,
    'publication.autocreate.mode': 'disabled',
    'snapshot.mode': 'initial',
    // A snapshot reads the tables in this order. The roots come last, so that a document becomes visible when it is whole.
    'table.include.list': tables
      .toReversed()
      .map(({ table }) => `${SOURCE_TABLES_SCHEMA}.${table}`)
      .join(','),
    'message.key.columns': tables
      .map(({ table, keyColumn }) => `${SOURCE_TABLES_SCHEMA}.${table}:${keyColumn}`)
      .join(';'),

    ...inOrder(tables),

    // An idle table must not pin the slot, and the beat is the map from time to WAL position that lag is measured by.
    'heartbeat.interval.ms': String(HEARTBEAT_INTERVAL_MS),
    'heartbeat.action.query': `select ${SOURCE_SCHEMA}.beat()`,
    'topic.heartbeat.prefix': HEARTBEAT_PREFIX,

    // Nothing is lost in decoding, and nothing is left out: a TRUNCATE that got past its trigger must be seen.
    'decimal.handling.mode': 'string',
    'time.precision.mode': 'isostring',
    'binary.handling.mode': 'base64',
    'tombstones.on.delete': 'false',
    'skipped.operations': 'none',

    'exactly.once.support': 'required',
    'transaction.boundary': 'poll',
    // The connector waits this long for more changes each time it hands some over: it is a part of every change's latency. After each
    // wait it asks Kafka how far its offsets have come, also when there was nothing: a shorter one takes more CPU (docs/decisions/0039).
    'poll.interval.ms': '5',
    'max.batch.size': '4096',
    'max.queue.size': '16384',
    'slot.max.retries': '6',
    'slot.retry.delay.ms': '2000',
    'producer.override.linger.ms': '0',
    'producer.override.batch.size': '262144',
    'producer.override.max.request.size': '50331648',
    'producer.override.buffer.memory': '100663296',

    'topic.prefix': stream,
    ...routing(stream, tables),
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
  };
}

/** A snapshot reads a table in any order, but for those in whose rows one follows the other. */
function inOrder(tables: readonly CapturedTable[]): ConnectorConfig {
  const ordered = tables.filter(({ orderColumn }) => orderColumn !== undefined);
  if (ordered.length === 0) return {};
  const property = 'snapshot.select.statement.overrides';
  const names = ordered.map(({ table }) => `${SOURCE_TABLES_SCHEMA}.${table}`);
  return {
    [property]: names.join(','),
    ...Object.fromEntries(
      ordered.map(({ table, keyColumn, orderColumn = '' }, i) => [
        `${property}.${names[i]}`,
        `select * from ${quote(SOURCE_TABLES_SCHEMA)}.${quote(table)} order by ${quote(keyColumn)}, ${quote(orderColumn)}`,
      ]),
    ),
  };
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** The key's one field taken out of its struct, table by table, then all tables into one topic. */
function routing(stream: string, tables: readonly CapturedTable[]): ConnectorConfig {
  const topicOf = (names: readonly string[]): string =>
    `${stream}\\.${SOURCE_TABLES_SCHEMA}\\.(${names.join('|')})`;
  const columns = [...new Set(tables.map(({ keyColumn }) => keyColumn))];
  const partitionings = partitioningsOf(tables);
  const config: Record<string, string> = {
    transforms: [
      ...columns.map((column) => `key_${column}`),
      ...partitionings.map(({ column }) => `by_${column}`),
      'route',
    ].join(','),
    predicates: [
      ...columns.map((column) => `has_${column}`),
      ...partitionings.map(({ column }) => `by_${column}`),
    ].join(','),
  };
  for (const column of columns) {
    const names = tables.filter(({ keyColumn }) => keyColumn === column).map(({ table }) => table);
    config[`predicates.has_${column}.type`] =
      'org.apache.kafka.connect.transforms.predicates.TopicNameMatches';
    config[`predicates.has_${column}.pattern`] = topicOf(names);
    config[`transforms.key_${column}.type`] = 'org.apache.kafka.connect.transforms.ExtractField$Key';
    config[`transforms.key_${column}.field`] = column;
    config[`transforms.key_${column}.predicate`] = `has_${column}`;
  }
  for (const { column, into, names } of partitionings) {
    config[`predicates.by_${column}.type`] =
      'org.apache.kafka.connect.transforms.predicates.TopicNameMatches';
    config[`predicates.by_${column}.pattern`] = topicOf(names);
    config[`transforms.by_${column}.type`] = 'io.debezium.transforms.partitions.PartitionRouting';
    config[`transforms.by_${column}.partition.payload.fields`] = `change.${column}`;
    config[`transforms.by_${column}.partition.topic.num`] = String(into);
    config[`transforms.by_${column}.partition.hash.function`] = 'java';
    config[`transforms.by_${column}.predicate`] = `by_${column}`;
  }
  config['transforms.route.type'] = 'org.apache.kafka.connect.transforms.RegexRouter';
  config['transforms.route.regex'] = topicOf(tables.map(({ table }) => table));
  config['transforms.route.replacement'] = changesTopic(stream);
  return config;
}

interface Partitioning {
  readonly column: string;
  readonly into: number;
  readonly names: readonly string[];
}

function partitioningsOf(tables: readonly CapturedTable[]): readonly Partitioning[] {
  const byColumn = new Map<string, Partitioning>();
  for (const { table, partitioned } of tables) {
    if (!partitioned) continue;
    const { column, into } = partitioned;
    byColumn.set(column, { column, into, names: [...(byColumn.get(column)?.names ?? []), table] });
  }
  return [...byColumn.values()];
}

function mergeTables(stream: string, captured: readonly CapturedTable[]): readonly CapturedTable[] {
  const byName = new Map<string, CapturedTable>();
  for (const each of captured) {
    const known = byName.get(each.table);
    if (known && known.keyColumn !== each.keyColumn) {
      throw new TypeError(
        `stream ${stream}: ${each.table} is keyed by ${known.keyColumn} and by ${each.keyColumn}`,
      );
    }
    if (known && !isDeepStrictEqual(known.partitioned, each.partitioned))
      throw new TypeError(
        `stream ${stream}: ${each.table} is partitioned in two ways; all its projections must say the same`,
      );
    if (
      known?.orderColumn !== undefined &&
      each.orderColumn !== undefined &&
      known.orderColumn !== each.orderColumn
    )
      throw new TypeError(
        `stream ${stream}: ${each.table} is ordered by ${known.orderColumn} and by ${each.orderColumn}`,
      );
    byName.set(each.table, { ...known, ...each });
  }
  return [...byName.values()];
}
