/**
 * A stream of its own for recording: a fresh database, topic and connector on a running stack, so that nothing of the
 * stack's own stream is touched. `close` removes all of it again.
 */
import { randomBytes } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { Client } from 'pg';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { registerConnector } from '../../connectors/register.ts';
import { ensureTopics } from '../../connectors/topics.ts';
import { folderOf, loadApplication, MIGRATIONS } from '../../services/shared/application.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { changesTopic, heartbeatTopic, slotName } from '../../services/shared/stream-names.ts';
import type { RolePasswords } from '../../services/shared/foundation/roles.ts';
import { migrate } from '../../services/shared/foundation/migrate.ts';
import type { RecordedMessage } from './recorded.ts';

export interface RecordingStack {
  readonly endpoints: {
    readonly postgresUrl: string;
    readonly kafkaBrokers: string;
    readonly connectUrl: string;
  };
  readonly secrets: RolePasswords;
}

export interface RecordingStream {
  /** Of the stream's own database, as a superuser. */
  readonly adminUrl: string;
  /** A superuser's new connection to the stream's database; ended by `close`. */
  readonly connect: () => Promise<Client>;
  /** Registers a connector that begins with a snapshot. The one before must have been stopped. */
  startConnector(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Deletes the connector and its slot: what is written now is seen by no one but the next snapshot. */
  stopConnector(): Promise<void>;
  /** Everything read so far. */
  readonly messages: readonly RecordedMessage[];
  close(): Promise<void>;
}

const PARTITIONS = 4;
const DEADLINE_MS = 60_000;

export async function openRecordingStream(
  stack: RecordingStack,
  stream: string,
  projections: readonly Projection[],
  extraTables: string,
): Promise<RecordingStream> {
  const { postgresUrl, kafkaBrokers, connectUrl } = stack.endpoints;
  const run = randomBytes(3).toString('hex');
  const database = `fixtures_${run}`;
  const adminUrl = Object.assign(new URL(postgresUrl), { pathname: `/${database}` }).href;
  await onServer(postgresUrl, `create database ${database}`);
  const folder = folderOf(await loadApplication(), MIGRATIONS);
  await migrate({ adminUrl, passwords: stack.secrets, folder, log: () => undefined });
  await onServer(adminUrl, `set role readside_owner; ${extraTables}`);
  await installSourceViews(adminUrl, projections);

  const kafka = createKafka(`record-${run}`, kafkaBrokers, createLogger('record', 'warn'));
  const admin = kafka.admin();
  await admin.connect();
  await ensureTopics(admin, stream, { partitions: PARTITIONS, replicationFactor: 1, retentionMs: 3_600_000 });
  const messages: RecordedMessage[] = [];
  const consumer = await readAll(kafka, changesTopic(stream), `record-${run}`, messages);

  const connect = createConnectClient(connectUrl);
  const captured = projections.flatMap((each) => each.captured);
  const clients: Client[] = [];
  let connectors = 0;
  const connector = (): string => `record-${run}-${connectors}`;

  async function stopConnector(): Promise<void> {
    await connect.delete(connector());
    await until(async () => (await connect.status(connector())) === null);
    await until(() => dropSlot(postgresUrl, slotName(stream)));
  }

  return {
    adminUrl,
    messages,
    async connect() {
      const client = new Client({ connectionString: adminUrl });
      await client.connect();
      clients.push(client);
      return client;
    },
    async startConnector(settings = {}) {
      connectors += 1;
      const config = { ...connectorConfig(stream, captured), 'database.dbname': database, ...settings };
      await registerConnector(connect, connector(), config, DEADLINE_MS);
    },
    stopConnector,
    async close() {
      await stopConnector();
      await consumer.disconnect();
      await admin.deleteGroups([`record-${run}`]);
      await admin.deleteTopics({ topics: [changesTopic(stream), heartbeatTopic(stream)] });
      await admin.disconnect();
      for (const client of clients) await client.end();
      await onServer(postgresUrl, `drop database ${database} with (force)`);
    },
  };
}

async function readAll(
  kafka: Kafka,
  topic: string,
  groupId: string,
  into: RecordedMessage[],
): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ partition, message: { offset, key, value } }) => {
      into.push({
        partition,
        offset: Number(offset),
        key: key?.toString('utf8') ?? null,
        value: value?.toString('utf8') ?? null,
      });
      return Promise.resolve();
    },
  });
  return consumer;
}

/** False while the slot is still in use. */
async function dropSlot(url: string, slot: string): Promise<boolean> {
  const held = `select active from pg_replication_slots where slot_name = '${slot}'`;
  const rows = await onServer(url, held);
  if (rows.length === 0) return true;
  if (rows[0]?.['active'] === true) return false;
  await onServer(url, `select pg_drop_replication_slot('${slot}')`);
  return true;
}

async function onServer(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** Polls until `condition` holds. @throws Error after a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`still not so after ${DEADLINE_MS / 1000} s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
