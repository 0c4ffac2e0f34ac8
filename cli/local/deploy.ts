/** From empty servers to a running pipeline: roles and tables, source views, topics, connector. Doing it twice changes nothing. */
import pg from 'pg';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectorStatus } from '../../services/shared/connect/connect-client.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { registerConnector } from '../../connectors/register.ts';
import { StreamLostError, refuseLostStream } from '../../connectors/restart-stream.ts';
import { ensureTopics } from '../../connectors/topics.ts';
import type { TopicSettings } from '../../connectors/topics.ts';
import { folderOf, MIGRATIONS } from '../../services/shared/application.ts';
import type { Application } from '../../services/shared/application.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import type { Logger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { changesTopic, connectorName, slotName } from '../../services/shared/stream-names.ts';
import { migrate } from '../../services/shared/foundation/migrate.ts';
import type { RolePasswords } from '../../services/shared/foundation/roles.ts';

const RUNNING_DEADLINE_MS = 60_000;

/** The source side: a superuser's URL, and the passwords that the roles are to have. */
export async function prepareSource(
  adminUrl: string,
  passwords: RolePasswords,
  application: Application,
  projections: readonly Projection[],
): Promise<void> {
  const folder = folderOf(application, MIGRATIONS);
  await migrate({ adminUrl, passwords, folder, log: () => undefined });
  await installSourceViews(adminUrl, projections);
}

/** The topics of every stream. Returns the names of those it made. */
export async function prepareTopics(
  brokers: string,
  projections: readonly Projection[],
  settings: TopicSettings,
  logger: Logger,
): Promise<readonly string[]> {
  const admin = createKafka('readside-register', brokers, logger).admin();
  await admin.connect();
  try {
    const made: string[] = [];
    for (const stream of streamsOf(projections)) {
      const names = projections.filter((each) => each.stream === stream).map(({ name }) => name);
      made.push(...(await ensureTopics(admin, stream, settings, names)));
    }
    return made;
  } finally {
    await admin.disconnect();
  }
}

/** One connector a stream; resolves when all run. */
export async function registerConnectors(
  connectUrl: string,
  projections: readonly Projection[],
): Promise<readonly ConnectorStatus[]> {
  const client = createConnectClient(connectUrl);
  return Promise.all(
    streamsOf(projections).map((stream) => {
      const captured = projections.filter((each) => each.stream === stream).flatMap((each) => each.captured);
      return registerConnector(
        client,
        connectorName(stream),
        connectorConfig(stream, captured),
        RUNNING_DEADLINE_MS,
      );
    }),
  );
}

/** @throws StreamLostError before anything is registered, where a stream of these cannot go on where it was. */
export async function refuseLostStreams(
  { connectUrl, postgresUrl, kafkaBrokers }: Record<'connectUrl' | 'postgresUrl' | 'kafkaBrokers', string>,
  projections: readonly Projection[],
  logger: Logger,
): Promise<void> {
  const pool = new pg.Pool({ connectionString: postgresUrl, max: 1, connectionTimeoutMillis: 10_000 });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'));
  const admin = createKafka('readside-register', kafkaBrokers, logger).admin();
  try {
    await admin.connect();
    for (const stream of streamsOf(projections)) {
      const those = projections.filter((each) => each.stream === stream);
      const places = {
        connect: createConnectClient(connectUrl),
        pool,
        connector: connectorName(stream),
        slot: slotName(stream),
        config: connectorConfig(
          stream,
          those.flatMap((each) => each.captured),
        ),
      };
      try {
        await refuseLostStream(places, admin, changesTopic(stream));
      } catch (error) {
        if (!(error instanceof StreamLostError)) throw error;
        const remedies = those.map(({ name }) => `readside rebuild ${name}`).join(', ');
        throw new StreamLostError(`${error.message}: ${remedies}`, { cause: error });
      }
    }
  } finally {
    await admin.disconnect();
    await pool.end();
  }
}

function streamsOf(projections: readonly Projection[]): readonly string[] {
  return [...new Set(projections.map(({ stream }) => stream))];
}
