/** From empty servers to a running pipeline: roles and tables, source views, topics, connector. Doing it twice changes nothing. */
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectorStatus } from '../../services/shared/connect/connect-client.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { registerConnector } from '../../connectors/register.ts';
import { ensureTopics } from '../../connectors/topics.ts';
import type { TopicSettings } from '../../connectors/topics.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import type { Logger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { migrate } from '../../services/write-api/migrate.ts';
import type { RolePasswords } from '../../services/write-api/database/roles.ts';

const RUNNING_DEADLINE_MS = 60_000;

/** The source side: a superuser's URL, and the passwords that the roles are to have. */
export async function prepareSource(
  adminUrl: string,
  passwords: RolePasswords,
  projections: readonly Projection[],
): Promise<void> {
  await migrate({ adminUrl, passwords, log: () => undefined });
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

function streamsOf(projections: readonly Projection[]): readonly string[] {
  return [...new Set(projections.map(({ stream }) => stream))];
}
