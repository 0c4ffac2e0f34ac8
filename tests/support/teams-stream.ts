/** The teams of fixtures/projections/ as a stream of a test's own: tables, view, topics, connector and, when asked for, services. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareTopics, refuseLostStreams, registerConnectors } from '../../cli/local/deploy.ts';
import { withUser } from '../../cli/local/services.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createLogger } from '../../services/shared/logger.ts';
import teams from '../fixtures/projections/teams.ts';
import { dropStream } from './drop-stream.ts';
import { openPipeline } from './pipeline.ts';
import type { Pipeline } from './pipeline.ts';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';
import { stackEndpoints } from './stack.ts';

const FIXTURES = new URL('../fixtures/projections/', import.meta.url);
const pathOf = (fixture: string): string => fileURLToPath(new URL(fixture, FIXTURES));
const TABLES = readFileSync(new URL('teams.sql', FIXTURES), 'utf8');
const DROP_TABLES = `drop view if exists ${teams.sourceView.name}; drop table if exists team_labels, members, teams`;

export interface TeamsStream {
  readonly pipeline: Pipeline;
  /** Runs statements, in one transaction, as the role that owns the tables. */
  asOwner(this: void, statements: string): Promise<void>;
  /** Started, and not waited for: `ready()` does. `fixture`: of the projection; the teams' own by default. */
  startProjector(this: void, fixture?: string): Promise<ServiceProcess>;
  startReadApi(this: void): Promise<ServiceProcess>;
  /** Stops what was started and drops all that was made. */
  close(this: void): Promise<void>;
}

/** @param writeRows what the connector's first snapshot shall find. */
export async function openTeamsStream(
  partitions: number,
  writeRows: (sql: Pipeline['sql']) => Promise<void> = () => Promise.resolve(),
): Promise<TeamsStream> {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl, secrets } = stackEndpoints();
  const logger = createLogger('teams', 'silent');
  const pipeline = await openPipeline(teams);
  const services: ServiceProcess[] = [];

  async function asOwner(statements: string): Promise<void> {
    const client = await pipeline.sql.connect();
    try {
      await client.query(`begin; set local role readside_owner; ${statements}; commit`);
    } finally {
      client.release(true);
    }
  }

  async function start(
    name: 'projector' | 'read-api',
    env: Readonly<Record<string, string>>,
  ): Promise<ServiceProcess> {
    const DATABASE_URL = withUser(postgresUrl, 'readside_reader', secrets.reader);
    const service = await startService(name, { PROJECTION: pathOf('teams.ts'), DATABASE_URL, ...env });
    services.push(service);
    return service;
  }

  async function close(): Promise<void> {
    try {
      await Promise.all(services.map((service) => service.stop()));
      await dropStream(pipeline);
      await asOwner(DROP_TABLES);
    } finally {
      await pipeline.close();
    }
  }

  try {
    await asOwner(TABLES);
    await writeRows(pipeline.sql);
    await installSourceViews(postgresUrl, [teams]);
    await prepareTopics(kafkaBrokers, [teams], { ...DEFAULT_TOPIC_SETTINGS, partitions }, logger);
    await refuseLostStreams({ connectUrl, postgresUrl, kafkaBrokers }, [teams], logger);
    await registerConnectors(connectUrl, [teams]);
  } catch (error) {
    await close().catch((another: unknown) => {
      throw new AggregateError([error, another], 'the stream was neither opened nor cleaned up', {
        cause: error,
      });
    });
    throw error;
  }
  return {
    pipeline,
    asOwner,
    startProjector: (fixture = 'teams.ts') =>
      start('projector', {
        PROJECTION: pathOf(fixture),
        KAFKA_BROKERS: kafkaBrokers,
        MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
      }),
    startReadApi: () =>
      start('read-api', { MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader) }),
    close,
  };
}
