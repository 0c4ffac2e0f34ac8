/** Kafka Connect: its version, its Kafka, Debezium, and connectors that nobody wants. The connectors of our streams are judged as they run. Pure. */
import { checksOf } from './check.ts';
import type { Check } from './check.ts';
import { judgeVersion } from './judge-server.ts';

export interface ConnectFacts {
  readonly version: string;
  readonly clusterId: string;
  /** Of Debezium's connector for Postgres; null: it is not installed. */
  readonly debezium: string | null;
  readonly connectors: readonly string[];
}

export interface ConnectWanted {
  readonly kafka: string;
  readonly debezium: string;
  readonly connectors: readonly string[];
  /** As Kafka itself tells it; null: it did not. */
  readonly clusterId: string | null;
}

const stage = 'connect';
const { ok, warning, broken } = checksOf(stage);
/** Its REST interface tells since then whether it is starting. */
const OLDEST_CONNECT = '3.9.0';
/** Losses at a restart were mended there. */
const OLDEST_DEBEZIUM = '3.7.0';

export function judgeConnect(facts: ConnectFacts, wanted: ConnectWanted): readonly Check[] {
  const { version, clusterId, debezium, connectors } = facts;
  const left = connectors.filter((name) => name.startsWith('readside-') && !wanted.connectors.includes(name));
  return [
    judgeVersion({ name: 'Kafka Connect', stage, tested: wanted.kafka, oldest: OLDEST_CONNECT }, version),
    wanted.clusterId !== null && wanted.clusterId !== clusterId
      ? broken(
          'cluster',
          `Kafka Connect works for the Kafka ${clusterId}, and KAFKA_BROKERS is ${wanted.clusterId}`,
          'let CONNECT_URL and KAFKA_BROKERS name the same system',
        )
      : ok('cluster', 'Kafka Connect works for this Kafka'),
    debezium === null
      ? broken(
          'debezium',
          'Kafka Connect has not Debezium’s connector for Postgres',
          `put Debezium ${wanted.debezium} into its plugin.path, and start it again`,
        )
      : {
          ...judgeVersion(
            { name: 'Debezium', stage, tested: wanted.debezium, oldest: OLDEST_DEBEZIUM },
            debezium,
          ),
          code: 'debezium',
        },
    ...(left.length === 0
      ? [ok('connectors-left', 'no connector was left over')]
      : left.map((name) =>
          warning(
            'connectors-left',
            `the connector ${name} is of no stream that there is`,
            `delete it by DELETE /connectors/${name}, and its slot in Postgres`,
          ),
        )),
  ];
}
