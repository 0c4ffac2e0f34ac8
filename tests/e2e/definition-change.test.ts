/**
 * A field is added to a definition while everything goes on: it is planned, applied, and in all documents afterwards; no reader meets an
 * error or sees a document go back, and a projector of the old version that still runs takes nothing away.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { planDefinition } from '../../cli/plan/plan-definition.ts';
import { describePlan } from '../../cli/plan/screen.ts';
import { rebuild } from '../../cli/rebuild/rebuild.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { waitFor } from '../../stack/wait.ts';
import next from '../fixtures/projections/teams-next.ts';
import teams from '../fixtures/projections/teams.ts';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { causesOf } from '../support/service-process.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints } from '../support/stack.ts';
import { startTeamReader, startTeamWriter } from '../support/team-writers.ts';
import { openFixtureStream } from '../support/fixture-stream.ts';
import type { FixtureStream } from '../support/fixture-stream.ts';

const TOPICS = { ...DEFAULT_TOPIC_SETTINGS, partitions: 4 };
const DEADLINE_MS = 60_000;

describe('a definition with one field more', () => {
  let stream: FixtureStream;
  let old: ServiceProcess;
  let readApi: ServiceProcess;
  let pipeline: Pipeline;
  /** The same servers, as the next version sees them. */
  let later: Pipeline;

  beforeAll(async () => {
    stream = await openFixtureStream({ projection: teams, partitions: TOPICS.partitions, writeRows });
    pipeline = stream.pipeline;
    later = await openPipeline(next);
    old = await stream.startProjector();
    readApi = await stream.startReadApi();
    await Promise.all([old.ready(), readApi.ready()]);
    await pipeline.settled();
  }, 240_000);

  afterAll(async () => {
    await later.close();
    await stream.close();
  }, 90_000);

  test('is planned, applied and kept', async () => {
    const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = stackEndpoints();
    const plan = await planDefinition(pipeline.db, next);
    expect(plan).toEqual({
      projection: 'teams',
      built: teams.version,
      version: next.version,
      changes: [{ what: 'funds', before: null, after: 'decimal from teams.budget', affects: 'documents' }],
      documents: 300,
      needs: 'rebuild',
      why: null,
    });
    expect(describePlan(plan)).toContain('+ funds: decimal from teams.budget');

    const stopWriter = startTeamWriter(pipeline.sql);
    const stopReader = startTeamReader(readApi.url);
    try {
      await installSourceViews(postgresUrl, [next]);
      const young = await stream.startProjector('teams-next.ts');
      await young.ready();
      await rebuild({
        postgresUrl,
        mongoUrl,
        kafkaBrokers,
        connectUrl,
        projection: next,
        connector: connectorConfig(next.stream, next.captured),
        topics: TOPICS,
        rate: Infinity,
        logger: createLogger('rebuild', 'silent'),
        signal: AbortSignal.timeout(150_000),
        onProgress: () => undefined,
      });
      // Both versions work from here on, and somebody writes all the time.
      await waitFor(
        'the old projector to see that it is superseded',
        async () => (await causesOf(old)).includes('projector-superseded'),
        { timeoutMs: DEADLINE_MS },
      );
    } finally {
      await stopWriter();
    }
    await later.settled();
    const { reads, wrong } = await stopReader();
    expect(wrong).toEqual([]);
    expect(reads).toBeGreaterThan(0);

    expect((await compareDocuments(later)).wrong).toEqual([]);
    const live = { '_sync.phase': 'live' } as const;
    expect(await later.documents.countDocuments({ ...live, funds: { $exists: false } })).toBe(0);
    expect(await later.documents.distinct('_sync.projection', live)).toEqual([next.version]);
    expect(await planDefinition(later.db, next)).toMatchObject({ needs: 'nothing', changes: [] });
    expect(await planDefinition(later.db, teams)).toMatchObject({ needs: 'refused' });
  }, 300_000);
});

async function writeRows(sql: Pipeline['sql']): Promise<void> {
  await sql.query(
    "insert into teams (id, team_name, budget, settings, founded_at) select n, 'team ' || n, 1.5 * n, null, now() from generate_series(1, 300) n",
  );
  await sql.query(
    "insert into members (handle, team, rank, fee, joined) select 'm' || n, 1 + n % 300, n % 3, n * 1.10, now() from generate_series(1, 600) n",
  );
}
