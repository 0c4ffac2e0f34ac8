/**
 * What a stream loses for good is made good by a rebuild: slot, connector or topic gone while rows are written and deleted. On a stream of
 * this test's own, with its own projector and read API; writers and readers never pause.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { refuseLostStreams } from '../../cli/local/deploy.ts';
import { partitionOf } from '../../services/shared/partition-of.ts';
import { rebuild } from '../../cli/rebuild/rebuild.ts';
import type { RebuildReport } from '../../cli/rebuild/rebuild.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { waitUntilState } from '../../connectors/register.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { openQuarantine } from '../../services/shared/open-quarantine.ts';
import { connectorName, slotName } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import teams from '../fixtures/projections/teams.ts';
import { connectClient } from '../support/connector-control.ts';
import { compareDocuments } from '../support/oracle.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { produceRaw } from '../support/raw-topic.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints } from '../support/stack.ts';
import { startTeamReader, startTeamWriter } from '../support/team-writers.ts';
import { openFixtureStream } from '../support/fixture-stream.ts';
import type { FixtureStream } from '../support/fixture-stream.ts';

const TOPICS = { ...DEFAULT_TOPIC_SETTINGS, partitions: 4 };
const REBUILD_MS = 150_000;
const DEADLINE_MS = 60_000;
const connector = connectorName(teams.stream);
const slot = slotName(teams.stream);

describe('a stream that lost its place', () => {
  let stream: FixtureStream;
  let pipeline: Pipeline;
  let readApi: ServiceProcess;
  let stopWriter: () => Promise<number>;
  let stopReader: ReturnType<typeof startTeamReader>;

  beforeAll(async () => {
    stream = await openFixtureStream({ projection: teams, partitions: TOPICS.partitions, writeRows });
    pipeline = stream.pipeline;
    const projector = await stream.startProjector();
    readApi = await stream.startReadApi();
    await Promise.all([projector.ready(), readApi.ready()]);
    await pipeline.settled();
  }, 240_000);

  afterAll(() => stream.close(), 90_000);

  beforeEach(() => {
    stopWriter = startTeamWriter(pipeline.sql);
    stopReader = startTeamReader(readApi.url);
  });

  afterEach(async () => {
    try {
      await stopWriter();
    } finally {
      await stopReader();
    }
  });

  /** Ends before the test does, so that what it waited for is named. */
  async function rebuildTeams(): Promise<RebuildReport> {
    const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = stackEndpoints();
    let stage = 'begin';
    try {
      return await rebuild({
        postgresUrl,
        mongoUrl,
        kafkaBrokers,
        connectUrl,
        projection: teams,
        connector: connectorConfig(teams.stream, teams.captured),
        topics: TOPICS,
        rate: Infinity,
        logger: createLogger('rebuild', 'silent'),
        signal: AbortSignal.timeout(REBUILD_MS),
        onProgress: (progress) => {
          stage = progress.stage;
        },
      });
    } catch (error) {
      throw new Error(`the rebuild failed in its stage "${stage}"`, { cause: error });
    }
  }

  async function dropSlot(): Promise<void> {
    const gone = async (): Promise<boolean> => {
      await pipeline.sql.query(
        'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active',
        [slot],
      );
      const { rowCount } = await pipeline.sql.query(
        'select 1 from pg_replication_slots where slot_name = $1',
        [slot],
      );
      return rowCount === 0;
    };
    await waitFor('the slot to be dropped', gone, { timeoutMs: DEADLINE_MS });
  }

  /** Rows that nothing will ever tell of: their documents are ghosts. */
  async function deleteUnseen(from: number): Promise<void> {
    const { rowCount } = await pipeline.sql.query('delete from teams where id between $1 and $1 + 49', [
      from,
    ]);
    expect(rowCount).toBe(50);
  }

  /** What readers saw all the while, and what is there when writers are silent. */
  async function expectEqual(): Promise<void> {
    expect(await stopWriter()).toBeGreaterThan(0);
    await pipeline.settled();
    const { reads, wrong } = await stopReader();
    expect(wrong).toEqual([]);
    expect(reads).toBeGreaterThan(0);
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
    // A document whose changes came in another partition than was thought would have two.
    const places = pipeline.documents.find({}, { projection: { '_sync.at': 1 } });
    for await (const { _id, _sync } of places)
      expect([_id, Object.keys(_sync.at)]).toEqual([_id, [String(partitionOf(_id, TOPICS.partitions))]]);
    expect(await leftovers()).toEqual([]);
  }

  async function quarantined(count: number): Promise<boolean> {
    return (await openQuarantine(pipeline.db, teams)).documents === count;
  }

  async function leftovers(): Promise<readonly string[]> {
    const { groups } = await pipeline.admin.listGroups();
    const count = await pipeline.documents.db.collection(`${teams.resource}_rebuild`).countDocuments();
    return [
      ...groups.map(({ groupId }) => groupId).filter((id) => id.includes('.rebuild')),
      ...(count > 0 ? [`${count} documents in the shadow`] : []),
    ];
  }

  test('is rebuilt after its slot was dropped: equal, without the documents of rows deleted meanwhile', async () => {
    await connectClient().stop(connector);
    await waitUntilState(connectClient(), connector, 'STOPPED', DEADLINE_MS);
    await dropSlot();
    await deleteUnseen(1000);
    const report = await rebuildTeams();
    expect(report).toMatchObject({ restarted: `the slot ${slot} is absent`, topicsMade: [] });
    expect(report.verified).toBeGreaterThan(2000);
    await expectEqual();
  }, 180_000);

  test('is rebuilt after its connector was deleted and its slot dropped', async () => {
    await connectClient().delete(connector);
    await dropSlot();
    await deleteUnseen(1100);
    const { connectUrl, postgresUrl, kafkaBrokers } = stackEndpoints();
    const servers = { connectUrl, postgresUrl, kafkaBrokers };
    await expect(refuseLostStreams(servers, [teams], createLogger('register', 'silent'))).rejects.toThrow(
      `the slot ${slot} is absent: readside rebuild ${teams.name}`,
    );
    expect(await rebuildTeams()).toMatchObject({ restarted: `the slot ${slot} is absent` });
    await expectEqual();
    expect(await connectClient().config(connector)).toMatchObject({ 'snapshot.mode': 'initial' });
  }, 180_000);

  test('is not rebuilt on a change that cannot be applied: it is named, and the live documents stay; begun again, all is right', async () => {
    const poison: Promise<void>[] = [];
    const harm = setInterval(() => poison.push(produceRaw(teams.topic, [{ key: '7', value: '?' }])), 200);
    try {
      await expect(rebuildTeams()).rejects.toMatchObject({
        cause: {
          name: 'RebuildError',
          message: expect.stringMatching(
            /^the change at \d:\d+ came meanwhile and cannot be applied: the change is not JSON/,
          ),
        },
      });
    } finally {
      clearInterval(harm);
      await Promise.all(poison);
    }
    expect(await leftovers()).toEqual([]);
    await waitFor('the projector to put it aside', () => quarantined(1), { timeoutMs: DEADLINE_MS });
    expect(await rebuildTeams()).toMatchObject({ restarted: null, topicsMade: [] });
    await expectEqual();
    expect(await quarantined(0)).toBe(true);
  }, 240_000);

  test('is rebuilt after its topic was deleted', async () => {
    await pipeline.admin.deleteTopics({ topics: [teams.topic] });
    await deleteUnseen(1200);
    expect(await rebuildTeams()).toMatchObject({ topicsMade: [teams.topic] });
    await expectEqual();
  }, 180_000);
});

/** More than a thousand, so that deletions and a rebuild meet each other on the way. */
async function writeRows(sql: Pipeline['sql']): Promise<void> {
  await sql.query(
    "insert into teams (id, team_name, budget, settings, founded_at) select n, 'team ' || n, 12345678901234567890.5 * n, '{\"big\": 12345678901234567890}', timestamptz '2026-01-01' + n * interval '1 microsecond' from generate_series(1, 2500) n",
  );
  await sql.query(
    "insert into team_labels (of_team, label, meaning) select n, l, l || n from generate_series(1, 40) n, unnest(array['red', '__proto__', 'a.b']) l",
  );
}
