/** Streams of the projections in fixtures/projections/ for a test's own: tables, views, topics, connectors and, when asked for, services. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareTopics, refuseLostStreams, registerConnectors } from '../../cli/local/deploy.ts';
import { withUser } from '../../cli/local/services.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { dropStream } from './drop-stream.ts';
import { openPipeline } from './pipeline.ts';
import type { Pipeline } from './pipeline.ts';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';
import { stackEndpoints } from './stack.ts';

const FIXTURES = new URL('../fixtures/projections/', import.meta.url);

/** The path by which services and the command are told of a projection. */
export function fixturePath(fixture: string): string {
  return fileURLToPath(new URL(fixture, FIXTURES));
}

export interface FixtureStreamsOptions {
  readonly projections: readonly Projection[];
  readonly partitions: number;
  /** A file of statements that make the tables. */
  readonly tables: string;
  /** Statements that drop them. */
  readonly dropTables: string;
  /** What the connectors' first snapshot shall find. */
  readonly writeRows?: (sql: Pipeline['sql']) => Promise<void>;
}

export interface FixtureStreams {
  /** One a projection, in their order. */
  readonly pipelines: readonly Pipeline[];
  /** Runs statements, in one transaction, as the role that owns the tables. */
  asOwner(this: void, statements: string): Promise<void>;
  /** Started, and not waited for: `ready()` does. */
  startProjector(this: void, fixture: string): Promise<ServiceProcess>;
  startReadApi(this: void, fixture: string): Promise<ServiceProcess>;
  /** Stops what was started and drops all that was made. */
  close(this: void): Promise<void>;
}

export async function openFixtureStreams({
  projections,
  partitions,
  tables,
  dropTables,
  writeRows = () => Promise.resolve(),
}: FixtureStreamsOptions): Promise<FixtureStreams> {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl, secrets } = stackEndpoints();
  const logger = createLogger('fixtures', 'silent');
  const pipelines = await Promise.all(projections.map((each) => openPipeline(each)));
  const [first] = pipelines;
  if (!first) throw new TypeError('no projection');
  const { sql } = first;
  const services: ServiceProcess[] = [];

  async function asOwner(statements: string): Promise<void> {
    const client = await sql.connect();
    try {
      await client.query(`begin; set local role readside_owner; ${statements}; commit`);
    } finally {
      client.release(true);
    }
  }

  async function start(
    name: 'projector' | 'read-api',
    fixture: string,
    env: Readonly<Record<string, string>>,
  ): Promise<ServiceProcess> {
    const DATABASE_URL = withUser(postgresUrl, 'readside_reader', secrets.reader);
    const service = await startService(name, { PROJECTION: fixturePath(fixture), DATABASE_URL, ...env });
    services.push(service);
    return service;
  }

  async function close(): Promise<void> {
    try {
      await Promise.all(services.map((service) => service.stop()));
      for (const pipeline of pipelines) await dropStream(pipeline);
      const views = projections.map(({ sourceView }) => sourceView.name);
      await asOwner(`drop view if exists ${views.join(', ')}; ${dropTables}`);
    } finally {
      await Promise.all(pipelines.map((each) => each.close()));
    }
  }

  try {
    await asOwner(readFileSync(fixturePath(tables), 'utf8'));
    await writeRows(sql);
    await installSourceViews(postgresUrl, projections);
    await prepareTopics(kafkaBrokers, projections, { ...DEFAULT_TOPIC_SETTINGS, partitions }, logger);
    await refuseLostStreams({ connectUrl, postgresUrl, kafkaBrokers }, projections, logger);
    await registerConnectors(connectUrl, projections);
  } catch (error) {
    await close().catch((another: unknown) => {
      throw new AggregateError([error, another], 'the streams were neither opened nor cleaned up', {
        cause: error,
      });
    });
    throw error;
  }
  return {
    pipelines,
    asOwner,
    startProjector: (fixture) =>
      start('projector', fixture, {
        KAFKA_BROKERS: kafkaBrokers,
        MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
      }),
    startReadApi: (fixture) =>
      start('read-api', fixture, { MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader) }),
    close,
  };
}
