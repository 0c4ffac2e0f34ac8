/**
 * Counts over all documents are what SQL counts: after updates, moves and deletes, when everything is delivered again, when the projector is
 * killed while it counts, and after rebuilds; and what somebody has counted wrong is found. On the run's stream, with a projector of its own.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { prepareTopics } from '../../cli/local/deploy.ts';
import { withUser } from '../../cli/local/services.ts';
import { rebuild } from '../../cli/rebuild/rebuild.ts';
import { setGroupOffsets } from '../../cli/rebuild/set-group-offsets.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import insights from '../../projections/insights.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { deadLettersTopic } from '../../services/shared/stream-names.ts';
import { readCounts, tallyCounts } from '../../services/shared/tallies/tally-counts.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import { addCounted, compareCountsWithSql, startCountedWriter } from '../support/counted-writers.ts';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';
import { startService } from '../support/service-process.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints, testDataDir } from '../support/stack.ts';

const DEADLINE_MS = 60_000;
const TOPICS = { ...DEFAULT_TOPIC_SETTINGS, partitions: 4 };
const MAJORITY = { writeConcern: { w: 'majority' } } as const;
const silent = createLogger('insights', 'silent');

let pipeline: Pipeline;
let projector: ServiceProcess | undefined;
let readApi: ServiceProcess;
/** Where the topic ended before the first test. */
let begin: ReadonlyMap<number, number>;

beforeAll(async () => {
  const { postgresUrl, kafkaBrokers } = stackEndpoints();
  pipeline = await openPipeline(insights);
  await installSourceViews(postgresUrl, [insights]);
  await prepareTopics(kafkaBrokers, [insights], TOPICS, silent);
  begin = await topicEnds();
  const { mongoUrl, secrets } = stackEndpoints();
  readApi = await startService('read-api', {
    PROJECTION: insights.name,
    DATABASE_URL: withUser(postgresUrl, 'readside_reader', secrets.reader),
    MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader),
  });
}, 120_000);

afterAll(async () => {
  const { admin, documents, records, sql } = pipeline;
  try {
    await Promise.all([projector?.stop(), readApi.stop()]);
    await groupIsEmpty();
    await admin.deleteGroups([insights.group]);
    await admin.deleteTopics({ topics: [deadLettersTopic(insights.name)] });
    await documents.drop();
    await records.deleteMany({ _id: { $gte: `${insights.name}:`, $lt: `${insights.name};` } });
    await sql.query(`drop view ${insights.sourceView.name}`);
  } finally {
    await pipeline.close();
  }
}, 120_000);

async function topicEnds(): Promise<ReadonlyMap<number, number>> {
  const ends = await pipeline.admin.fetchTopicOffsets(insights.topic);
  return new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
}

async function startProjector(): Promise<ServiceProcess> {
  const { postgresUrl, mongoUrl, kafkaBrokers, secrets } = stackEndpoints();
  projector = await startService('projector', {
    PROJECTION: insights.name,
    DATABASE_URL: withUser(postgresUrl, 'readside_reader', secrets.reader),
    MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
    KAFKA_BROKERS: kafkaBrokers,
    // Many transactions, so that something is always under way.
    BATCH_SIZE: '50',
  });
  return projector;
}

async function rebuildInsights(): ReturnType<typeof rebuild> {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = stackEndpoints();
  return rebuild({
    postgresUrl,
    mongoUrl,
    kafkaBrokers,
    connectUrl,
    projection: insights,
    connector: connectorConfig(insights.stream, insights.captured),
    topics: TOPICS,
    rate: Infinity,
    logger: silent,
    signal: AbortSignal.timeout(150_000),
    onProgress: () => undefined,
  });
}

async function killWhileCounting(): Promise<void> {
  const before = (await readCounts(pipeline.documents)).get('["users"]');
  await waitFor(
    'counts to move',
    async () => (await readCounts(pipeline.documents)).get('["users"]') !== before,
    { timeoutMs: DEADLINE_MS },
  );
  process.kill(projector?.pid ?? NaN, 'SIGKILL');
  await projector?.ended;
}

async function groupIsEmpty(): Promise<void> {
  await waitFor(
    'the group to be empty',
    async () => {
      const { groups } = await pipeline.admin.describeGroups([insights.group]);
      return groups[0]?.members.length === 0;
    },
    { timeoutMs: DEADLINE_MS },
  );
}

/** What is counted wrong now, the documents included; nobody may write meanwhile. */
async function wrongNow(): Promise<readonly string[]> {
  await pipeline.settled();
  const counts = await readCounts(pipeline.documents);
  expect(counts.get('["users"]')).toBeGreaterThan(0);
  return [...(await compareCountsWithSql(pipeline, counts)), ...(await compareDocuments(pipeline)).wrong];
}

/** Reads all the time; the returned function ends it and tells what no reader may see. */
function startReader(): () => Promise<{ readonly reads: number; readonly wrong: readonly string[] }> {
  const stopped = new AbortController();
  const wrong: string[] = [];
  const run = async (): Promise<number> => {
    for (let reads = 0; ; reads++) {
      if (stopped.signal.aborted) return reads;
      const response = await fetch(`${readApi.url}/insights`);
      const text = await response.text();
      if (response.status !== 200 || !/^\{"users":[1-9]/.test(text))
        wrong.push(`${response.status}: ${text}`);
    }
  };
  const running = run();
  return async () => {
    stopped.abort();
    return { reads: await running, wrong };
  };
}

interface Result {
  readonly wrong: ReadonlyArray<{ readonly id: string; readonly kind: string }>;
  readonly counts: ReadonlyArray<{
    readonly tally: string;
    readonly counted: number;
    readonly right: number;
  }>;
  readonly repairs: ReadonlyArray<{ readonly id: string; readonly outcome: string }>;
  readonly mended: Result['counts'];
}

async function verify(...args: readonly string[]): Promise<{ code: number | null; result: Result }> {
  const done = await runCli(['verify', insights.name, '--json', ...args], testDataDir());
  const [result] = jsonOf(done) as readonly Result[];
  if (!result) throw new Error(done.stderr);
  return { code: done.code, result };
}

describe('counts', () => {
  test('are built from the rows that are there, under a writer, without a projector', async () => {
    for (let n = 0; n < 30; n++) await addCounted(pipeline.sql);
    const stopWriter = startCountedWriter(pipeline.sql, 1);
    try {
      const { copied, verified } = await rebuildInsights();
      expect(Math.min(copied, verified)).toBeGreaterThanOrEqual(30);
    } finally {
      expect(await stopWriter()).toBeGreaterThan(10);
    }
    await (await startProjector()).ready();
    expect(await wrongNow()).toEqual([]);
  }, 240_000);

  test('are what SQL counts after every kind of change', async () => {
    const { sql } = pipeline;
    const [one, other, gone] = await Promise.all([addCounted(sql), addCounted(sql), addCounted(sql)]);
    await pipeline.settled();
    await sql.query('update addresses set user_id = $2 where user_id = $1', [one, other]);
    await sql.query("update preferences set key = 'colour', value = '1.50' where user_id = $1", [one]);
    await sql.query(
      "update users set status = 'closed', created_at = '2026-01-01T00:00:00+02' where id = $1",
      [other],
    );
    await sql.query('delete from users where id = $1', [gone]);
    expect(await wrongNow()).toEqual([]);
    const counts = await readCounts(pipeline.documents);
    expect(counts.get('["preferences","colour",1.5]')).toBe(1);
    expect(counts.get('["signUpsByDay","2025-12-31"]')).toBe(1);
  }, 120_000);

  test('are neither lost nor doubled by a projector that is killed while it counts, and one that is given everything again', async () => {
    const writers = [startCountedWriter(pipeline.sql, 2), startCountedWriter(pipeline.sql, 3)];
    try {
      await killWhileCounting();
      await groupIsEmpty();
      const kafka = createKafka('insights-test', stackEndpoints().kafkaBrokers, silent);
      await setGroupOffsets(kafka, insights.group, insights.topic, begin);
      await (await startProjector()).ready();
    } finally {
      for (const stop of writers) expect(await stop()).toBeGreaterThan(10);
    }
    expect(await wrongNow()).toEqual([]);
  }, 240_000);

  test('that somebody has changed are found, named and mended, while writers go on', async () => {
    const { documents, sql } = pipeline;
    const [changed, removed] = await Promise.all([addCounted(sql), addCounted(sql)]);
    await pipeline.settled();
    const right = await readCounts(documents);
    const part = await tallyCounts(documents).findOne({ '_id.tally': '["usersByCountry","FR"]' });
    if (!part) throw new Error('nobody is counted');
    await tallyCounts(documents).updateOne({ _id: part._id }, { $inc: { count: 5 } }, MAJORITY);
    await tallyCounts(documents).insertOne(
      { _id: { tally: '["usersByCountry","XX"]', part: '0' }, count: 2 },
      MAJORITY,
    );
    await documents.updateOne({ _id: changed }, { $set: { status: 'odd' } }, MAJORITY);
    await documents.deleteOne({ _id: removed }, MAJORITY);

    const found = await verify('--all');
    expect(found.code).toBe(1);
    const kinds = found.result.wrong.map(({ id, kind }) => [id, kind]);
    expect(Object.fromEntries(kinds)).toEqual({ [changed]: 'different', [removed]: 'missing' });
    const fr = Number(right.get('["usersByCountry","FR"]') ?? 0);
    expect(found.result.counts).toEqual(
      expect.arrayContaining([
        { tally: '["usersByCountry","FR"]', counted: fr + 5, right: fr - 1 },
        { tally: '["usersByCountry","XX"]', counted: 2, right: 0 },
      ]),
    );

    const stopWriter = startCountedWriter(sql, 4);
    try {
      const mended = await verify('--all', '--repair');
      expect(mended.code).toBe(0);
      expect(mended.result.repairs).toHaveLength(2);
      expect(mended.result.mended.map(({ tally }) => tally)).toContain('["usersByCountry","XX"]');
    } finally {
      expect(await stopWriter()).toBeGreaterThan(10);
    }
    expect(await wrongNow()).toEqual([]);
  }, 240_000);

  test('are right after a rebuild under a writer, which readers do not notice, and a repair of one document leaves them so', async () => {
    await readApi.ready();
    const stopWriter = startCountedWriter(pipeline.sql, 5);
    const stopReader = startReader();
    try {
      await rebuildInsights();
    } finally {
      expect(await stopWriter()).toBeGreaterThan(10);
    }
    const { reads, wrong } = await stopReader();
    expect({ isRead: reads > 0, wrong }).toEqual({ isRead: true, wrong: [] });
    expect(await wrongNow()).toEqual([]);
    const id = await addCounted(pipeline.sql);
    await pipeline.settled();
    await pipeline.documents.deleteOne({ _id: id }, MAJORITY);
    expect((await runCli(['repair', id, '--projection', insights.name], testDataDir())).code).toBe(0);
    expect(await wrongNow()).toEqual([]);
  }, 240_000);
});

describe('GET /insights', () => {
  test('serves the counts with their freshness, 304 while they are the same, and no document', async () => {
    const key = `key ${randomUUID()}`;
    const ids = [await addUser(pipeline.sql), await addUser(pipeline.sql), await addUser(pipeline.sql)];
    for (const [n, id] of ids.entries())
      await pipeline.sql.query('insert into preferences (user_id, key, value) values ($1, $2, $3)', [
        id,
        key,
        n === 0 ? '"a"' : '{"b": 12345678901234567890}',
      ]);
    await pipeline.settled();
    const { rows } = await pipeline.sql.query<{ users: number }>('select count(*)::int as users from users');
    const response = await fetch(`${readApi.url}/insights?limit=1000`);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('freshness')).toMatch(/^strategy=eventual, as-of="/);
    expect(JSON.parse(text)).toMatchObject({ users: rows[0]?.users });
    expect(text).toContain(
      `{"key":"${key}","count":3,"values":[{"value":{"b":12345678901234567890},"count":2,"share":0.6667},{"value":"a","count":1,"share":0.3333}],"more":0}`,
    );

    const etag = response.headers.get('etag') ?? '';
    const again = await fetch(`${readApi.url}/insights?limit=1000`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    await pipeline.sql.query('delete from users where id = $1', [ids[0]]);
    await pipeline.settled();
    const later = await fetch(`${readApi.url}/insights?limit=1000`, { headers: { 'if-none-match': etag } });
    expect(later.status).toBe(200);
    expect(await later.json()).toMatchObject({ users: (rows[0]?.users ?? 0) - 1 });

    expect((await fetch(`${readApi.url}/insights/${ids[1]}`)).status).toBe(404);
    expect((await fetch(`${readApi.url}/insights?limit=0`)).status).toBe(400);
  }, 120_000);
});
