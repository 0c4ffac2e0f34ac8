/** A projection of fixtures/projections/ as a stream of a test's own: tables, views, topics, connector and, when asked for, services. */
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
export const fixturePath = (fixture: string): string => fileURLToPath(new URL(fixture, FIXTURES));

type Env = Readonly<Record<string, string>>;

export interface FixtureStream {
  readonly pipeline: Pipeline;
  /** Runs statements, in one transaction, as the role that owns the tables. */
  asOwner(this: void, statements: string): Promise<void>;
  /** Started, and not waited for: `ready()` does. `fixture`: of the projection; the stream's own by default. */
  startProjector(this: void, fixture?: string, env?: Env): Promise<ServiceProcess>;
  startReadApi(this: void): Promise<ServiceProcess>;
  /** Stops what was started and drops all that was made. */
  close(this: void): Promise<void>;
}

export interface FixtureStreamOptions {
  /** Its files are called after it: `<name>.ts`, and its tables `<name>.sql`. */
  readonly projection: Projection;
  readonly partitions: number;
  /** What the connector's first snapshot shall find. */
  readonly writeRows?: (sql: Pipeline['sql']) => Promise<void>;
}

export async function openFixtureStream({
  projection,
  partitions,
  writeRows = () => Promise.resolve(),
}: FixtureStreamOptions): Promise<FixtureStream> {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl, secrets } = stackEndpoints();
  const logger = createLogger(projection.name, 'silent');
  const pipeline = await openPipeline(projection);
  const services: ServiceProcess[] = [];
  const file = `${projection.name}.ts`;

  async function asOwner(statements: string): Promise<void> {
    const client = await pipeline.sql.connect();
    try {
      await client.query(`begin; set local role readside_owner; ${statements}; commit`);
    } finally {
      client.release(true);
    }
  }

  async function start(name: 'projector' | 'read-api', env: Env): Promise<ServiceProcess> {
    const DATABASE_URL = withUser(postgresUrl, 'readside_reader', secrets.reader);
    const service = await startService(name, { PROJECTION: fixturePath(file), DATABASE_URL, ...env });
    services.push(service);
    return service;
  }

  async function close(): Promise<void> {
    try {
      await Promise.all(services.map((service) => service.stop()));
      await dropStream(pipeline);
      await asOwner(dropAll(projection));
    } finally {
      await pipeline.close();
    }
  }

  try {
    await asOwner(readFileSync(new URL(`${projection.name}.sql`, FIXTURES), 'utf8'));
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
    startProjector: (fixture = file, env = {}) =>
      start('projector', {
        PROJECTION: fixturePath(fixture),
        KAFKA_BROKERS: kafkaBrokers,
        MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
        ...env,
      }),
    startReadApi: () =>
      start('read-api', { MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader) }),
    close,
  };
}

function dropAll({ captured, references, sourceView }: Projection): string {
  const views = [sourceView, ...[...(references?.tables.values() ?? [])].map((each) => each.sourceView)];
  const tables = captured.map(({ table }) => `public."${table}"`).toReversed();
  return `drop view if exists ${views.map(({ name }) => name).join(', ')}; drop table if exists ${tables.join(', ')} cascade`;
}
