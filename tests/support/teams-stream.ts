/** The teams of fixtures/projections/ as a stream of a test's own. */
import teams from '../fixtures/projections/teams.ts';
import { openFixtureStream } from './fixture-stream.ts';
import type { FixtureStream } from './fixture-stream.ts';
import type { Pipeline } from './pipeline.ts';

export type TeamsStream = FixtureStream;

/** @param writeRows what the connector's first snapshot shall find. */
export function openTeamsStream(
  partitions: number,
  writeRows?: (sql: Pipeline['sql']) => Promise<void>,
): Promise<TeamsStream> {
  return openFixtureStream({ projection: teams, partitions, ...(writeRows && { writeRows }) });
}
