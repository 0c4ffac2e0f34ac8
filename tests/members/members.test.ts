/**
 * With members to lose: each kind loses one by SIGKILL, one after the other, while writers write and readers read. What was acknowledged is
 * in SQL, once; every document equals SQL; no reader was shown anything but its answer. How long each loss was felt is told, and not judged.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { openQuarantine } from '../../services/shared/open-quarantine.ts';
import { deadLettersTopic } from '../../services/shared/stream-names.ts';
import { readCounts } from '../../services/shared/tallies/tally-counts.ts';
import { waitFor } from '../../stack/wait.ts';
import { compareCountsWithSql } from '../support/counted-writers.ts';
import { warnsOf } from '../support/faults/own-stream.ts';
import { createClient } from '../support/members/client.ts';
import { startCluster, whole } from '../support/members/cluster.ts';
import type { Cluster, Processes } from '../support/members/cluster.ts';
import { gapSince } from '../support/members/gap.ts';
import type { Gap } from '../support/members/gap.ts';
import type { Member } from '../support/members/member.ts';
import { readOwnWrites } from '../support/members/readers.ts';
import type { Read } from '../support/members/readers.ts';
import { writeCounted } from '../support/members/writers.ts';
import type { Written } from '../support/members/writers.ts';
import { compareDocuments, compareServed } from '../support/oracle.ts';
import { newSeed } from '../support/workload/settings.ts';

const WRITERS = 2;
const READERS = 3;
const PAUSE_MS = 100;
const SOME = 20;
/** From the loss until health must tell of it. */
const TOLD_MS = 30_000;
const SETTLE_MS = 120_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 240_000);
afterAll(() => cluster?.close(), 120_000);

test('each topic has a replica on each broker, and two must have a change before it counts', async () => {
  const { admin } = cluster.pipeline;
  const { topics } = await admin.fetchTopicMetadata();
  const counted = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ replicas }) => [name, replicas.length] as const),
  );
  expect(counted.filter(([, replicas]) => replicas !== 3)).toEqual([]);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type: 2, name })),
  });
  const insync = resources.map(({ resourceName, configEntries }) => [
    resourceName,
    configEntries.find(({ configName }) => configName === 'min.insync.replicas')?.configValue,
  ]);
  expect(insync.filter(([, value]) => value !== '2')).toEqual([]);
  expect(insync.length).toBeGreaterThan(8);
  const changes = counted.filter(([name]) => name === cluster.pipeline.projection.topic);
  expect(changes).toHaveLength(DEFAULT_TOPIC_SETTINGS.partitions);
});

test('no member of any kind is missed: nothing is lost, nothing is done twice, and nothing goes back', async () => {
  const { pipeline, counts, projectors, readApis, writeApis } = cluster;
  const writeApi = createClient(writeApis.urls);
  const readApi = createClient(readApis.urls);
  const written: Written = { users: [], acknowledged: 0, unexpected: [] };
  const read: Read = { reads: 0, stale: 0, backwards: [], unexpected: [] };
  const stop = new AbortController();
  const seed = newSeed();
  const load = Promise.all([
    ...Array.from({ length: WRITERS }, (_, n) =>
      writeCounted(writeApi, written, seed + n, stop.signal, PAUSE_MS),
    ),
    ...Array.from({ length: READERS }, (_, n) =>
      readOwnWrites(readApi, written.users, read, seed + WRITERS + n, stop.signal, PAUSE_MS),
    ),
  ]);
  load.catch((error: unknown) => stop.abort(error));
  const gaps: Gap[] = [];
  try {
    for (const { name, choose, warning } of losses(cluster)) {
      await goingOn(written, stop.signal);
      const lost = await choose();
      const since = performance.now();
      await Promise.all(lost.map((member) => member.kill()));
      gaps.push(await gapSince(since, name, writeApi, readApi, written));
      if (warning !== undefined) await warnsOf(projectors.urls[1] ?? '', warning, TOLD_MS);
      await goingOn(written, stop.signal);
      await Promise.all(lost.map((member) => member.comeBack()));
      await whole(cluster);
    }
  } finally {
    stop.abort();
    tell(gaps, written, read, [...writeApi.again, ...readApi.again]);
  }
  await load;
  await pipeline.settled(SETTLE_MS);
  await counts.settled(SETTLE_MS);

  expect(written.unexpected).toEqual([]);
  expect(read.unexpected).toEqual([]);
  expect(read.backwards).toEqual([]);
  expect(unexpectedRetries(writeApi.again, writeApis)).toEqual([]);
  expect(unexpectedRetries(readApi.again, readApis)).toEqual([]);
  expect(await notAsAcknowledged(written)).toEqual([]);
  const { compared, wrong } = await compareDocuments(pipeline);
  expect(wrong).toEqual([]);
  expect(compared).toBe(written.users.filter(({ isDeleted }) => !isDeleted).length);
  const deleted = written.users.filter(({ isDeleted }) => isDeleted).map(({ id }) => id);
  for (const url of readApis.urls) expect((await compareServed(pipeline, url, deleted)).wrong).toEqual([]);
  expect(await compareCountsWithSql(counts, await readCounts(counts.documents))).toEqual([]);
  for (const { db, admin, projection } of [pipeline, counts]) {
    expect(await openQuarantine(db, projection)).toEqual({ documents: 0, unkeyed: 0 });
    const letters = await admin.fetchTopicOffsets(deadLettersTopic(projection.name));
    expect(letters.filter(({ high }) => high !== '0')).toEqual([]);
    expect(await cluster.cli('verify', projection.name, '--all')).toMatchObject({ code: 0 });
  }
  expect(await cluster.cli('status')).toMatchObject({ code: 0 });
}, 600_000);

interface Loss {
  readonly name: string;
  /** The processes that are killed at once. */
  readonly choose: () => Promise<readonly Member[]>;
  /** What health must warn of while they are away. */
  readonly warning?: string;
}

function losses(of: Cluster): readonly Loss[] {
  const { brokers, workers, mongo, projectors, counters, readApis, writeApis } = of;
  const firstOf =
    (...kinds: readonly Processes[]) =>
    (): Promise<readonly Member[]> =>
      Promise.resolve(kinds.flatMap(({ members }) => members.slice(0, 1)));
  return [
    // Among them are the controller, the coordinator of each group and transaction, and the leader of each partition.
    ...brokers.map((broker, n) => ({
      name: `broker ${n + 1}`,
      choose: () => Promise.resolve([broker]),
      warning: 'replicas-missing',
    })),
    { name: 'the Connect worker with the task', choose: async () => [await workers.running()] },
    { name: 'the MongoDB primary', choose: async () => [await mongo.primary()] },
    { name: 'a projector of each read model', choose: firstOf(projectors, counters) },
    { name: 'a read API', choose: firstOf(readApis) },
    { name: 'a write API', choose: firstOf(writeApis) },
  ];
}

/** A loss must fall into the load, and the load must outlive it. */
async function goingOn(written: Written, stopped: AbortSignal): Promise<void> {
  const before = written.acknowledged;
  await waitFor('commands to be acknowledged', () => written.acknowledged > before + SOME, {
    timeoutMs: SETTLE_MS,
    signal: stopped,
  });
}

/** Only the one that is killed may be found gone. */
function unexpectedRetries(again: ReadonlyMap<string, number>, { urls }: Processes): readonly string[] {
  const [killed = ''] = urls;
  const isAllowed = (reason: string): boolean => reason.startsWith('503 ') || reason.startsWith(killed);
  return [...again.keys()].filter((reason) => !isAllowed(reason));
}

/** Users whose version or number of addresses in SQL is not what was acknowledged. */
async function notAsAcknowledged({ users }: Written): Promise<readonly string[]> {
  const { rows } = await cluster.pipeline.sql.query<{ id: string; version: number; addresses: number }>(
    `select u.id::text as id, version, count(a.id)::int as addresses
       from users u left join addresses a on a.user_id = u.id group by u.id`,
  );
  const found = new Map(rows.map(({ id, version, addresses }) => [id, `${version}, ${addresses}`]));
  const wrong = users.flatMap(({ id, version, addresses, isDeleted }) => {
    const wanted = isDeleted ? undefined : `${version}, ${addresses}`;
    const is = found.get(id);
    found.delete(id);
    return is === wanted ? [] : [`${id}: ${is ?? 'no row'} in SQL, ${wanted ?? 'deleted'} acknowledged`];
  });
  return [...wrong, ...[...found.keys()].map((id) => `${id}: nobody was told of it`)];
}

function tell(
  gaps: readonly Gap[],
  { acknowledged, users }: Written,
  { reads, stale }: Read,
  again: ReadonlyArray<readonly [string, number]>,
): void {
  const lines = [
    ...gaps.map(
      ({ killed, firstMs, allMs }) => `lost ${killed}: ${firstMs} ms to the first, ${allMs} ms to all`,
    ),
    `${acknowledged} commands on ${users.length} users, ${reads} reads, ${stale} of them told as stale`,
    ...again.map(([reason, count]) => `asked again ${count} times: ${reason}`),
  ];
  process.stderr.write(lines.map((line) => `  ${line}\n`).join(''));
}
