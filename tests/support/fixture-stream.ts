/** A projection of fixtures/projections/ as a stream of a test's own, with what lies beside it: its tables in `<name>.sql`. */
import { loadApplication } from '../../services/shared/application.ts';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { fixturePath, openFixtureStreams } from './fixture-streams.ts';
import type { FixtureStreams, FixtureStreamsOptions } from './fixture-streams.ts';
import type { Pipeline } from './pipeline.ts';
import type { ServiceProcess } from './service-process.ts';

export interface FixtureStream extends Pick<FixtureStreams, 'asOwner' | 'close'> {
  readonly pipeline: Pipeline;
  /** Started, and not waited for: `ready()` does. `another`: the file of another definition under the same name. */
  startProjector(this: void, another?: string): Promise<ServiceProcess>;
  startReadApi(this: void): Promise<ServiceProcess>;
}

/** `name`: of the projection. @param writeRows what the connector's first snapshot shall find. */
export async function openFixtureStream(
  name: string,
  partitions: number,
  writeRows?: FixtureStreamsOptions['writeRows'],
): Promise<FixtureStream> {
  const file = `${name}.ts`;
  const projection = await loadProjection(await loadApplication(), fixturePath(file));
  const tables = projection.captured.map(({ table }) => table).toReversed();
  const streams = await openFixtureStreams({
    projections: [projection],
    partitions,
    tables: `${name}.sql`,
    dropTables: `drop table if exists ${tables.join(', ')}`,
    ...(writeRows && { writeRows }),
  });
  const [pipeline] = streams.pipelines;
  if (!pipeline) throw new TypeError('no pipeline');
  return {
    ...streams,
    pipeline,
    startProjector: (another = file) => streams.startProjector(another),
    startReadApi: () => streams.startReadApi(file),
  };
}
