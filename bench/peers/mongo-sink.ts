/**
 * MongoDB's own Kafka connector as a peer: its sink with the Debezium handler for Postgres, which keeps one flat copy of each row in a
 * collection a table. It does not merge rows into one document. Fetched by Maven into the cache; nothing of it is shipped.
 */
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { waitUntilRunning } from '../../connectors/register.ts';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectorConfig } from '../../services/shared/connect/connect-client.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import { cacheRoot, cached } from '../../stack/embedded/cache.ts';
import { runTool } from '../../stack/embedded/tools.ts';
import { InstallError } from '../../stack/errors.ts';
import type { OnEvent } from '../../stack/events.ts';
import { waitFor } from '../../stack/wait.ts';

const VERSION = '2.0.1';
const DEADLINE_MS = 600_000;
type Env = Readonly<Record<string, string | undefined>>;

/** The folder for Connect's plugin.path. */
export function installMongoSink(env: Env, onEvent: OnEvent): Promise<string> {
  const fill = async (folder: string): Promise<void> => {
    const { code, output } = await runTool(
      'mvn',
      [
        '--batch-mode',
        'dependency:copy',
        `-Dartifact=org.mongodb.kafka:mongo-kafka-connect:${VERSION}:jar:all`,
        `-DoutputDirectory=${join(folder, 'mongo-sink')}`,
      ],
      { env },
    );
    if (code !== 0) throw new InstallError(`mvn could not fetch mongo-kafka-connect ${VERSION}: ${output}`);
  };
  return cached({ name: 'bench-mongo-sink', key: VERSION, fill }, { root: cacheRoot(env), onEvent });
}

export interface SinkOptions {
  readonly connectUrl: string;
  readonly mongoUrl: string;
  readonly admin: Admin;
  readonly name: string;
  readonly topics: readonly string[];
  /** Where its collections go, one a topic and named as the topic. */
  readonly database: string;
  readonly signal: AbortSignal;
}

/** Resolves with what ends it, once it runs. `further` settings come on top. */
export async function startMongoSink(
  { connectUrl, mongoUrl, name, topics, database }: Omit<SinkOptions, 'admin' | 'signal'>,
  further: ConnectorConfig = {},
): Promise<() => Promise<void>> {
  const connect = createConnectClient(connectUrl);
  const stop = async (): Promise<void> => void (await connect.delete(name));
  await connect.put(name, {
    'connector.class': 'com.mongodb.kafka.connect.MongoSinkConnector',
    'tasks.max': '2',
    topics: topics.join(','),
    'connection.uri': mongoUrl,
    database,
    'change.data.capture.handler':
      'com.mongodb.kafka.connect.sink.cdc.debezium.rdbms.postgres.PostgresHandler',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'consumer.override.isolation.level': 'read_committed',
    'consumer.override.max.poll.records': '5000',
    'consumer.override.auto.offset.reset': 'earliest',
    ...further,
  });
  try {
    await waitUntilRunning(connect, name, DEADLINE_MS);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs until it has taken all that the topics hold. Resolves with the milliseconds from RUNNING to the last commit. */
export async function runMongoSink(options: SinkOptions): Promise<number> {
  const { admin, name, topics, signal } = options;
  const stop = await startMongoSink(options);
  try {
    const began = performance.now();
    const group = `connect-${name}`;
    await waitFor(
      'the sink to take all',
      async () => {
        const each = await Promise.all(topics.map((topic) => topicProgress(admin, topic, group)));
        return each.every(({ lagEvents }) => lagEvents === 0);
      },
      { timeoutMs: DEADLINE_MS, intervalMs: 50, signal },
    );
    return performance.now() - began;
  } finally {
    await stop();
  }
}
