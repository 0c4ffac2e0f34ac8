/** The teams of fixtures/projections/ as a stream of a test's own. */
import teams from '../fixtures/projections/teams.ts';
import { openFixtureStreams } from './fixture-streams.ts';
import type { FixtureStreams, FixtureStreamsOptions } from './fixture-streams.ts';
import type { Pipeline } from './pipeline.ts';
import type { ServiceProcess } from './service-process.ts';

export interface TeamsStream extends Pick<FixtureStreams, 'asOwner' | 'close'> {
  readonly pipeline: Pipeline;
  /** Started, and not waited for: `ready()` does. `fixture`: of the projection; the teams' own by default. */
  startProjector(this: void, fixture?: string): Promise<ServiceProcess>;
  startReadApi(this: void): Promise<ServiceProcess>;
}

/** @param writeRows what the connector's first snapshot shall find. */
export async function openTeamsStream(
  partitions: number,
  writeRows?: FixtureStreamsOptions['writeRows'],
): Promise<TeamsStream> {
  const streams = await openFixtureStreams({
    projections: [teams],
    partitions,
    tables: 'teams.sql',
    dropTables: 'drop table if exists team_labels, members, teams',
    ...(writeRows && { writeRows }),
  });
  const [pipeline] = streams.pipelines;
  if (!pipeline) throw new TypeError('no pipeline');
  return {
    ...streams,
    pipeline,
    startProjector: (fixture = 'teams.ts') => streams.startProjector(fixture),
    startReadApi: () => streams.startReadApi('teams.ts'),
  };
}
