/** A projection of fixtures/projections/ as a stream of a test's own: tables, view, topics, connector and, when asked for, services. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareTopics, refuseLostStreams, registerConnectors } from '../../cli/local/deploy.ts';
import { withUser } from '../../cli/local/services.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { loadApplication } from '../../services/shared/application.ts';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { dropStream } from './drop-stream.ts';
import { openPipeline } from './pipeline.ts';
import type { Pipeline } from './pipeline.ts';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';
import { stackEndpoints } from './stack.ts';

const FIXTURES = new URL('../fixtures/projections/', import.meta.url);
const pathOf = (fixture: string): string => fileURLToPath(new URL(fixture, FIXTURES));
export interface FixtureStream {
  readonly pipeline: Pipeline;
  /** Runs statements, in one transaction, as the role that owns the tables. */
  asOwner(this: void, statements: string): Promise<void>;
  /** Started, and not waited for: `ready()` does. `another`: the file of another definition under the same name. */
  startProjector(this: void, another?: string): Promise<ServiceProcess>;
  startReadApi(this: void): Promise<ServiceProcess>;
  /** Stops what was started and drops all that was made. */
  close(this: void): Promise<void>;
}

/** `name`: of the projection, whose tables are in `<name>.sql` beside it. @param writeRows what the connector's first snapshot shall find. */
export async function openFixtureStream(
  name: string,
  partitions: number,
  writeRows: (sql: Pipeline['sql']) => Promise<void> = () => Promise.resolve(),
): Promise<FixtureStream> {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl, secrets } = stackEndpoints();
  const logger = createLogger(name, 'silent');
  const fixture = pathOf(`${name}.ts`);
  const tables = readFileSync(new URL(`${name}.sql`, FIXTURES), 'utf8');
  const projection = await loadProjection(await loadApplication(), fixture);
  const dropTables = `drop view if exists ${projection.sourceView.name}; drop table if exists ${projection.captured
    .map(({ table }) => table)
    .toReversed()
    .join(', ')}`;
  const pipeline = await openPipeline(projection);
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
    service: 'projector' | 'read-api',
    env: Readonly<Record<string, string>>,
  ): Promise<ServiceProcess> {
    const DATABASE_URL = withUser(postgresUrl, 'readside_reader', secrets.reader);
    const started = await startService(service, { PROJECTION: fixture, DATABASE_URL, ...env });
    services.push(started);
    return started;
  }

  async function close(): Promise<void> {
    try {
      await Promise.all(services.map((each) => each.stop()));
      await dropStream(pipeline);
      await asOwner(dropTables);
    } finally {
      await pipeline.close();
    }
  }

  try {
    await asOwner(tables);
    await writeRows(pipeline.sql);
    await installSourceViews(postgresUrl, [projection]);
    await prepareTopics(kafkaBrokers, [projection], { ...DEFAULT_TOPIC_SETTINGS, partitions }, logger);
    await refuseLostStreams({ connectUrl, postgresUrl, kafkaBrokers }, [projection], logger);
    await registerConnectors(connectUrl, [projection]);
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
    startProjector: (another) =>
      start('projector', {
        ...(another !== undefined && { PROJECTION: pathOf(another) }),
        KAFKA_BROKERS: kafkaBrokers,
        MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
      }),
    startReadApi: () =>
      start('read-api', { MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader) }),
    close,
  };
}
