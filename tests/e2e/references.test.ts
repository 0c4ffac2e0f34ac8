/**
 * What documents copy from rows of other aggregates follows these rows: whatever order they come in, under writers, through a projector that is
 * killed in the midst of it, a rebuild, a change in quarantine. On a stream of this test's own with two projectors.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryDocuments } from '../../cli/dlq/retry.ts';
import { withQuarantine } from '../../cli/dlq/open.ts';
import { countDocuments } from '../../cli/count-documents.ts';
import { rebuild } from '../../cli/rebuild/rebuild.ts';
import { repairDocuments } from '../../cli/verify/repair.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { reachWithin } from '../../services/shared/lag/reach.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { companionId } from '../../services/shared/projection/references.ts';
import type { Sides } from '../../services/shared/verify/sides.ts';
import { verifyDocuments } from '../../services/shared/verify/verify-documents.ts';
import type { Verification } from '../../services/shared/verify/verify-documents.ts';
import { waitFor } from '../../stack/wait.ts';
import books from '../fixtures/projections/books.ts';
import { addBooks, addPeople, bookId, personId, startBookWriters } from '../support/book-writers.ts';
import { openFixtureStream } from '../support/fixture-stream.ts';
import type { FixtureStream } from '../support/fixture-stream.ts';
import { compareDocuments } from '../support/oracle.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { produceRaw } from '../support/raw-topic.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints } from '../support/stack.ts';

const TOPICS = { ...DEFAULT_TOPIC_SETTINGS, partitions: 4 };
const PEOPLE = 12;
const BOOKS = 150;
const DEADLINE_MS = 60_000;
const MAJORITY = { writeConcern: { w: 'majority' } } as const;

let stream: FixtureStream;
let pipeline: Pipeline;
let projectors: readonly ServiceProcess[];
let readApi: ServiceProcess;

async function startProjectors(env: Readonly<Record<string, string>> = {}): Promise<void> {
  projectors = await Promise.all([1, 2].map(() => stream.startProjector('books.ts', env)));
  await Promise.all(projectors.map((each) => each.ready()));
}

beforeAll(async () => {
  stream = await openFixtureStream({
    projection: books,
    partitions: TOPICS.partitions,
    writeRows: async (sql) => {
      // The last ones have no row yet.
      await addPeople(sql, 0, PEOPLE - 3);
      await addBooks(sql, { from: 0, to: BOOKS - 1 }, PEOPLE);
    },
  });
  pipeline = stream.pipeline;
  await startProjectors();
  readApi = await stream.startReadApi();
  await readApi.ready();
  await pipeline.settled();
}, 240_000);

afterAll(() => stream.close(), 90_000);

function sides(): Sides {
  const { sql: pool, documents, admin } = pipeline;
  const { signal } = new AbortController();
  const reached = (lsn: number): Promise<boolean> =>
    reachWithin({ pool, admin, projection: books, group: books.group }, lsn, DEADLINE_MS, signal);
  return { pool, documents, projection: books, reached, signal };
}

function verify(): Promise<Verification> {
  return verifyDocuments({ ...sides(), scope: { kind: 'all' }, rate: Infinity, onProgress: () => undefined });
}

/** Documents by the source, companions by their rows, and each companion's copies. */
async function expectEqual(): Promise<void> {
  await pipeline.settled();
  const { compared, wrong } = await compareDocuments(pipeline);
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(0);
  expect(await verify()).toMatchObject({ wrong: [], degraded: [], undecided: [] });
}

async function served(n: number): Promise<{
  readonly authorName: string | null;
  readonly chapters: ReadonlyArray<{ readonly editorName: string | null }>;
}> {
  const response = await fetch(`${readApi.url}/books/${bookId(n)}`);
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as Awaited<ReturnType<typeof served>>;
}

const rename = (n: number, name: string): Promise<unknown> =>
  pipeline.sql.query('update people set name = $2 where id = $1', [personId(n), name]);

describe('copies', () => {
  test('are what the first snapshot says, where there is a row and where there is none', async () => {
    await expectEqual();
    expect((await served(0)).authorName).toBe('Person 0');
    expect((await served(PEOPLE - 1)).authorName).toBeNull();
    const there = await countDocuments(pipeline.db, books);
    expect(there).toEqual({ live: BOOKS, pending: 0, tombstones: 0 });
  });

  test('follow a row that is renamed: in fields, in elements, in what is searched and filtered', async () => {
    await rename(2, 'Zoë Zuckerman');
    await expectEqual();
    expect((await served(2)).authorName).toBe('Zoë Zuckerman');
    expect((await served(0)).chapters.map(({ editorName }) => editorName)).toEqual([null, 'Zoë Zuckerman']);
    for (const query of ['q=zuck', 'author=Zo%C3%AB%20Zuckerman', 'editor=zoe%20zuckerman']) {
      const response = await fetch(`${readApi.url}/books?${query}&limit=100`);
      expect(response.status).toBe(200);
      expect(JSON.stringify(await response.json())).toContain('Zuckerman');
    }
  });

  test('follow a row that comes after its referrers, that goes, and that comes again', async () => {
    const late = PEOPLE - 1;
    await addPeople(pipeline.sql, late, late);
    await expectEqual();
    expect((await served(late)).authorName).toBe(`Person ${late}`);
    await pipeline.sql.query('delete from people where id = $1', [personId(late)]);
    await expectEqual();
    expect((await served(late)).authorName).toBeNull();
    await addPeople(pipeline.sql, late, late);
    await expectEqual();
    expect((await served(late)).authorName).toBe(`Person ${late}`);
  });

  test('are another’s when the document names another, and nobody’s when it names nobody', async () => {
    await pipeline.sql.query('update books set author_id = $2 where id = $1', [bookId(3), personId(4)]);
    await pipeline.sql.query('update books set author_id = null where id = $1', [bookId(4)]);
    await rename(3, 'No longer theirs');
    await expectEqual();
    expect((await served(3)).authorName).toBe('Person 4');
    expect((await served(4)).authorName).toBeNull();
  });

  test('no reader is given a companion for a document', async () => {
    expect((await fetch(`${readApi.url}/books/people:${personId(0)}`)).status).toBe(400);
    let listed = 0;
    for (let path: string | undefined = '/books?limit=100'; path !== undefined;) {
      const page = await fetch(`${readApi.url}${path}`);
      listed += ((await page.json()) as { readonly items: readonly unknown[] }).items.length;
      path = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(listed).toBe(await pipeline.documents.countDocuments({ '_sync.phase': 'live' }));
  });
});

describe('under writers', () => {
  test('who rename, delete and bring back what the documents that they change copy from, all is equal in the end', async () => {
    const stop = startBookWriters(pipeline.sql, { people: PEOPLE, books: BOOKS });
    await sleep(8000);
    expect(await stop()).toBeGreaterThan(100);
    await expectEqual();
  }, 120_000);

  test('a rebuild is equal, and so is what follows it', async () => {
    const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = stackEndpoints();
    const stop = startBookWriters(pipeline.sql, { people: PEOPLE, books: BOOKS, pauseMs: 30 });
    const report = await rebuild({
      postgresUrl,
      mongoUrl,
      kafkaBrokers,
      connectUrl,
      projection: books,
      connector: connectorConfig(books.stream, books.captured),
      topics: TOPICS,
      rate: Infinity,
      logger: createLogger('rebuild', 'silent'),
      signal: AbortSignal.timeout(100_000),
      onProgress: () => undefined,
    });
    expect(report.copied).toBeGreaterThan(0);
    expect(report.copied).toBeLessThanOrEqual(BOOKS);
    await sleep(1000);
    await stop();
    await expectEqual();
  }, 180_000);
});

describe('what has gone wrong', () => {
  test('a companion that somebody has changed is found, and made anew with all that copies from it', async () => {
    const id = companionId('people', personId(0));
    await pipeline.sql.query("insert into people (id, name) values ($1, 'x') on conflict do nothing", [
      personId(0),
    ]);
    await rename(0, 'Right');
    await pipeline.sql.query('update books set author_id = $2 where id = $1', [bookId(5), personId(0)]);
    await pipeline.sql.query(
      "insert into books (id, title, author_id) values ($1, 'n', $2) on conflict (id) do update set author_id = $2",
      [bookId(5), personId(0)],
    );
    await expectEqual();
    await pipeline.documents.updateOne({ _id: id }, { $set: { 'row.name': 'Wrong' } }, MAJORITY);
    await pipeline.documents.updateOne({ _id: bookId(5) }, { $set: { authorName: 'Worse' } }, MAJORITY);
    const { wrong } = await verify();
    expect(wrong.map((each) => each.id).toSorted()).toEqual([bookId(5), id].toSorted());
    const repairs = await repairDocuments({ ...sides(), admin: pipeline.admin }, [bookId(5)]);
    expect(repairs).toEqual([{ id: bookId(5), outcome: 'repaired' }]);
    await expectEqual();
  }, 60_000);

  test('a change of the row that cannot be applied harms its copies alone, is told as theirs, and is mended with them', async () => {
    const n = 1;
    const id = companionId('people', personId(n));
    await pipeline.sql.query("insert into people (id, name) values ($1, 'x') on conflict do nothing", [
      personId(n),
    ]);
    await pipeline.sql.query(
      "insert into books (id, title, author_id) values ($1, 'n', $2) on conflict (id) do update set author_id = $2",
      [bookId(7), personId(n)],
    );
    await rename(n, 'Good');
    await expectEqual();
    const bad = {
      op: 'u',
      before: null,
      after: { id: personId(n), name: 'Bad', born: 'no time', mood: '' },
      source: { table: 'people', ts_us: Date.now() * 1000, txId: 7, lsn: 7 },
      ts_ms: Date.now(),
    };
    await produceRaw(books.topic, [{ key: personId(n), value: JSON.stringify(bad) }]);
    await waitFor(
      'the companion to be marked',
      async () =>
        (await pipeline.documents.countDocuments({ _id: id, '_sync.quarantine': { $exists: true } })) > 0,
      { timeoutMs: DEADLINE_MS },
    );
    await rename(n, 'Better');
    await pipeline.settled();
    expect((await served(7)).authorName).toBe('Good');
    const verified = await verify();
    expect(verified.wrong).toEqual([]);
    expect(verified.degraded).toEqual(expect.arrayContaining([id, bookId(7)]));
    const { mongoUrl, kafkaBrokers } = stackEndpoints();
    await withQuarantine({ mongoUrl, kafkaBrokers }, books, async (quarantine) => {
      const [failing] = await retryDocuments(quarantine, [id], { dryRun: false, dropFirst: false });
      expect(failing).toMatchObject({ state: 'failing', remaining: 2 });
      const [healed] = await retryDocuments(quarantine, [id], { dryRun: false, dropFirst: true });
      expect(healed).toMatchObject({ state: 'healed', applied: 1, differences: [{ path: 'name' }] });
    });
    expect((await served(7)).authorName).toBe('Better');
    await expectEqual();
  }, 90_000);
});

describe('a projector that is killed in the midst of a reach', () => {
  const MANY = 3000;
  const AUTHOR = 99;
  const ofAuthor = (name: string): Promise<number> =>
    pipeline.documents.countDocuments({ authorId: personId(AUTHOR), authorName: name });

  test('has committed nothing of it, and another one ends it', async () => {
    await addPeople(pipeline.sql, AUTHOR, AUTHOR);
    await addBooks(pipeline.sql, { from: 10_000, to: 10_000 + MANY - 1 }, { author: AUTHOR });
    await pipeline.settled();
    await Promise.all(projectors.map((each) => each.stop()));
    await startProjectors({ REACH_PER_SECOND: '400' });
    await rename(AUTHOR, 'Renamed');
    await waitFor('the reach to have begun', async () => (await ofAuthor('Renamed')) > 0, {
      timeoutMs: DEADLINE_MS,
    });
    // Others are not held up by it, and nobody takes it for done.
    await pipeline.sql.query("update books set title = 'Meanwhile' where id = $1", [bookId(10_000)]);
    await waitFor(
      'a change behind it',
      async () => (await pipeline.documents.countDocuments({ _id: bookId(10_000), title: 'Meanwhile' })) > 0,
      { timeoutMs: DEADLINE_MS },
    );
    expect((await topicProgress(pipeline.admin, books.topic, books.group)).lagEvents).toBeGreaterThan(0);
    expect(await ofAuthor('Renamed')).toBeLessThan(MANY);
    for (const { pid } of projectors) process.kill(pid, 'SIGKILL');
    expect(await ofAuthor('Renamed')).toBeLessThan(MANY);
    await startProjectors();
    await expectEqual();
    expect(await ofAuthor('Renamed')).toBe(MANY);
  }, 180_000);
});
