/** A projection of fixtures/projections/ as a stream of a test's own, with what lies beside it: its tables in `<name>.sql`. */
import type { Projection } from '../../services/shared/projection/projection.ts';
import { openFixtureStreams } from './fixture-streams.ts';
import type { FixtureStreams, FixtureStreamsOptions } from './fixture-streams.ts';
import type { Pipeline } from './pipeline.ts';
import type { ServiceProcess } from './service-process.ts';

export interface FixtureStream extends Pick<FixtureStreams, 'asOwner' | 'close'> {
  readonly pipeline: Pipeline;
  /** Started, and not waited for: `ready()` does. `fixture`: the file of another definition under the same name. */
  startProjector(
    this: void,
    fixture?: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<ServiceProcess>;
  startReadApi(this: void): Promise<ServiceProcess>;
}

export interface FixtureStreamOptions extends Pick<FixtureStreamsOptions, 'partitions' | 'writeRows'> {
  readonly projection: Projection;
}

export async function openFixtureStream({
  projection,
  ...options
}: FixtureStreamOptions): Promise<FixtureStream> {
  const file = `${projection.name}.ts`;
  const tables = projection.captured.map(({ table }) => table).toReversed();
  const streams = await openFixtureStreams({
    ...options,
    projections: [projection],
    tables: `${projection.name}.sql`,
    dropTables: `drop table if exists ${tables.join(', ')} cascade`,
  });
  const [pipeline] = streams.pipelines;
  if (!pipeline) throw new TypeError('no pipeline');
  return {
    ...streams,
    pipeline,
    startProjector: (fixture = file, env) => streams.startProjector(fixture, env),
    startReadApi: () => streams.startReadApi(file),
  };
}
