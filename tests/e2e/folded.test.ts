/**
 * Documents that are folded from a table of events, on real servers: a snapshot of a table whose rows lie in no order, appends while a projector is
 * killed, a rebuild, a repair and a retry end in what SQL's events fold to; and a second stream of the same table has a document an event.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { rebuild } from '../../cli/rebuild/rebuild.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { contentOf, microsToIso } from '../../services/shared/stored-document.ts';
import { compareCounts } from '../../services/shared/tallies/compare-counts.ts';
import { readCounts } from '../../services/shared/tallies/tally-counts.ts';
import { sourceOf, sourcePages } from '../../services/shared/verify/source-documents.ts';
import { waitFor } from '../../stack/wait.ts';
import gameHistory from '../fixtures/projections/game-history.ts';
import gameMoves from '../fixtures/projections/game-moves.ts';
import gameScores from '../fixtures/projections/game-scores.ts';
import mended from '../fixtures/projections/games-mended.ts';
import games from '../fixtures/projections/games.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import { fixturePath, openFixtureStreams } from '../support/fixture-streams.ts';
import type { FixtureStreams } from '../support/fixture-streams.ts';
import { startProjector } from '../support/in-process-projector.ts';
import type { InProcessProjector } from '../support/in-process-projector.ts';
import { compareDocuments } from '../support/oracle.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createRandom } from '../../services/shared/random.ts';
import { differences } from '../support/same-json.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints, testDataDir } from '../support/stack.ts';
import { newSeed } from '../support/workload/settings.ts';

const TOPICS = { ...DEFAULT_TOPIC_SETTINGS, partitions: 4 };
const WAIT = { timeoutMs: 60_000, intervalMs: 20 };
const GAMES = 60;

const seed = newSeed();
const random = createRandom(seed);
let streams: FixtureStreams;
let projector: ServiceProcess;
let others: readonly InProcessProjector[] = [];
let readApi: ServiceProcess;
let ofGames: Pipeline;
let ofScores: Pipeline;
let ofHistory: Pipeline;
let sql: Pool;

beforeAll(async () => {
  streams = await openFixtureStreams({
    projections: [games, gameScores, gameHistory, gameMoves],
    partitions: TOPICS.partitions,
    tables: 'games.sql',
    dropTables: 'drop table if exists game_events',
    writeRows: writeInNoOrder,
  });
  const [first, second, third, fourth] = streams.pipelines;
  if (!first || !second || !third || !fourth) throw new Error('a pipeline is missing');
  [ofGames, ofScores, ofHistory] = [first, second, third];
  ({ sql } = first);
  projector = await streams.startProjector('games.ts');
  await projector.ready();
  others = await Promise.all([second, third, fourth].map((each) => startProjector(each, { batchSize: 500 })));
  readApi = await streams.startReadApi('games.ts');
  await readApi.ready();
}, 240_000);

afterAll(async () => {
  await Promise.all(others.map((each) => each.stop()));
  await streams.close();
}, 90_000);

/** Later events lie before earlier ones. */
async function writeInNoOrder(pool: Pool): Promise<void> {
  await pool.query(
    `insert into game_events (game, turn, event, kind, data, player)
     select game, turn, game || ':' || turn, case turn when 1 then 'started' else 'scored' end,
            case turn when 1 then jsonb_build_object('name', game)
                      else jsonb_build_object('by', 'p' || turn % 3, 'points', turn) end, 'p' || turn % 3
       from (select gen_random_uuid()::text as game, 1 + n % 12 as turns from generate_series(1, ${GAMES}) n) games,
            generate_series(1, turns) turn
      order by turn desc, random()`,
  );
}

type Event = readonly [kind: string, data: object];

/** The next events of a game, in one transaction. `after`: the turn before them. */
async function play(game: string, after: number, ...events: readonly Event[]): Promise<number> {
  await sql.query(
    `insert into game_events (game, turn, event, kind, data, player)
     select $1, $2 + n, $1 || ':' || ($2 + n), kind, data::jsonb, 'p' || n % 3
       from unnest($3::text[], $4::text[]) with ordinality as played (kind, data, n)`,
    [game, after, events.map(([kind]) => kind), events.map(([, data]) => JSON.stringify(data))],
  );
  return after + events.length;
}

const scored = (points: number, by = 'p1'): Event => ['scored', { by, points }];

async function wrongNow(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pipeline of streams.pipelines) {
    await pipeline.settled();
    const { compared, wrong } = await compareDocuments(pipeline);
    if (compared === 0) found.push(`${pipeline.projection.name}: no documents`);
    found.push(...wrong.map((each) => `${pipeline.projection.name}: ${each}`));
  }
  return found;
}

async function sourceDocument(projection: Projection, id: string): Promise<string> {
  const json = (await sourceOf(sql, projection, [id])).get(id)?.json;
  if (json === undefined || json === null) throw new Error(`SQL has no document ${id}`);
  return json;
}

interface Writers {
  stop(): Promise<void>;
}

/** Each plays games of its own, up to so many events a transaction, and begins new ones. */
function startWriters(count: number): Writers {
  const stopping = new AbortController();
  const write = async (): Promise<void> => {
    let game = randomUUID();
    for (let turn = 0; !stopping.signal.aborted;) {
      const events = Array.from({ length: 1 + random.below(4) }, (_, n): Event =>
        turn === 0 && n === 0
          ? ['started', { name: game }]
          : scored(random.below(100), `p${random.below(5)}`),
      );
      turn = await play(game, turn, ...events);
      if (random.below(10) === 0) {
        await play(game, turn, ['ended', {}]);
        [game, turn] = [randomUUID(), 0];
      }
    }
  };
  const writing = Promise.all(Array.from({ length: count }, write));
  writing.catch(() => undefined); // told by stop
  return {
    async stop() {
      stopping.abort();
      await writing;
    },
  };
}

test('a snapshot of a table in which later events lie before earlier ones', async () => {
  const { rows } = await sql.query<{ unordered: number }>(
    `select count(*)::int as unordered from game_events a join game_events b
         on a.game = b.game and a.tableoid = b.tableoid and a.turn < b.turn and a.ctid > b.ctid`,
  );
  expect(rows[0]?.unordered).toBeGreaterThan(GAMES);
  expect(await wrongNow()).toEqual([]);
  expect(await ofGames.documents.countDocuments({ '_sync.phase': 'live' })).toBe(GAMES);
}, 90_000);

test(`appends while the projector is killed, seed ${seed}: documents are SQL’s fold, and transactions are seen whole`, async () => {
  const whole = randomUUID();
  await play(whole, 0, ['started', { name: 'Whole' }]);
  const writers = startWriters(3);
  const watching = new AbortController();
  const seen = new Set<number>();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      const found = await ofGames.documents.findOne({ _id: whole }, { projection: { turn: 1 } });
      if (typeof found?.['turn'] === 'number') seen.add(found['turn']);
    }
  })();
  let turn = 1;
  try {
    for (let kill = 0; kill < 3; kill++) {
      for (let n = 0; n < 25; n++) turn = await play(whole, turn, scored(1), scored(2), scored(3));
      process.kill(projector.pid, 'SIGKILL');
      await projector.ended;
      projector = await streams.startProjector('games.ts');
    }
    await projector.ready();
  } finally {
    await writers.stop();
  }
  expect(await wrongNow()).toEqual([]);
  watching.abort();
  await watch;
  expect(seen.has(turn)).toBe(true);
  // A projector that ends between two parts of a transaction has saved neither.
  expect([...seen].filter((each) => each % 3 !== 1)).toEqual([]);
}, 200_000);

describe('a read', () => {
  test('waits for a position, and computes from the events in the source', async () => {
    const game = randomUUID();
    const turn = await play(game, 0, ['started', { name: 'Öffnung' }], scored(7), scored(5, 'p2'));
    const token = encodeToken({ id: game, revision: turn, deleted: false });
    const headers = { 'consistency-token': token, prefer: 'wait=20' };
    const waited = await fetch(`${readApi.url}/games/${game}`, { headers });
    expect(waited.headers.get('freshness')).toContain('stale=?0, version=3');
    const document: unknown = await waited.json();
    expect(document).toMatchObject({ id: game, turn, points: 12, players: { p1: 7, p2: 5 } });

    const source = await fetch(`${readApi.url}/games/${game}?consistency=source`);
    expect(source.status).toBe(200);
    expect(await source.json()).toEqual(document);
    const version = await fetch(`${readApi.url}/games/${game}/version?consistency=source`);
    expect(await version.json()).toEqual({ id: game, version: turn });
    expect((await fetch(`${readApi.url}/games/${randomUUID()}?consistency=source`)).status).toBe(404);

    const byName = await fetch(`${readApi.url}/games?name=${encodeURIComponent('öffnung')}`);
    expect(await byName.json()).toEqual(document);
    expect((await fetch(`${readApi.url}/games?name=x&consistency=source`)).status).toBe(400);
  }, 60_000);
});

test('a rebuild goes on at the next position, whoever writes meanwhile', async () => {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = stackEndpoints();
  const writers = startWriters(2);
  try {
    await rebuild({
      postgresUrl,
      mongoUrl,
      kafkaBrokers,
      connectUrl,
      projection: games,
      connector: connectorConfig(games.stream, games.captured),
      topics: TOPICS,
      rate: Infinity,
      logger: createLogger('rebuild', 'silent'),
      signal: AbortSignal.timeout(150_000),
      onProgress: () => undefined,
    });
  } finally {
    await writers.stop();
  }
  expect(await wrongNow()).toEqual([]);
}, 200_000);

interface Result {
  readonly wrong: ReadonlyArray<{
    readonly id: string;
    readonly fields: ReadonlyArray<{ readonly path: string }>;
  }>;
  readonly degraded: readonly string[];
  readonly repairs: ReadonlyArray<{ readonly id: string; readonly outcome: string }>;
}

async function verify(fixture: string, ...args: readonly string[]): Promise<Result> {
  const done = await runCli(['verify', fixturePath(fixture), '--json', ...args], testDataDir());
  const [result] = jsonOf(done) as readonly Result[];
  if (!result) throw new Error(done.stderr);
  return result;
}

test('a document that somebody has spoiled is found, made anew from the events, and goes on', async () => {
  const game = randomUUID();
  const turn = await play(game, 0, ['started', { name: 'Spoiled' }], scored(7));
  await ofGames.settled();
  await ofGames.documents.updateOne(
    { _id: game },
    { $set: { points: 700, 'players.p1': 700 } },
    { writeConcern: { w: 'majority' } },
  );
  const { wrong, repairs } = await verify('games.ts', '--all', '--repair');
  expect(wrong.map(({ id, fields }) => [id, fields.map(({ path }) => path)])).toEqual([
    [game, ['points', 'players.p1']],
  ]);
  expect(repairs).toEqual([{ id: game, outcome: 'repaired' }]);
  await play(game, turn, scored(1));
  expect(await wrongNow()).toEqual([]);
}, 90_000);

test('counts and sums are those of all folded documents', async () => {
  await ofScores.settled();
  const expected = new Map<string, number>();
  for await (const page of sourcePages(sql, gameScores, 500))
    for (const { json } of page.values())
      for (const each of gameScores.talliesOf?.(contentOf(gameScores, json ?? '')) ?? []) {
        const { tally, amount } = typeof each === 'string' ? { tally: each, amount: 1 } : each;
        expected.set(tally, (expected.get(tally) ?? 0) + amount);
      }
  expect(expected.size).toBeGreaterThan(2);
  expect(await readCounts(ofScores.documents)).toEqual(expected);
  expect(await compareCounts(ofScores.documents)).toEqual([]);
}, 60_000);

test('a history gives the document as of each transaction', async () => {
  const game = randomUUID();
  const moments: { readonly turn: number; readonly at: string; readonly source: string }[] = [];
  for (let turn = 0; turn < 12;) {
    turn = await play(
      game,
      turn,
      ...(turn === 0 ? [['started', { name: 'Past' }] as const] : []),
      scored(turn),
      scored(9),
    );
    const source = await sourceDocument(gameHistory, game);
    const { rows } = await sql.query<{ micros: string }>(
      'select floor(extract(epoch from clock_timestamp()) * 1000000)::bigint::text as micros',
    );
    moments.push({ turn, at: microsToIso(Number(rows[0]?.micros)), source });
  }
  const historyApi = await streams.startReadApi('game-history.ts');
  await historyApi.ready();
  await ofHistory.settled();
  for (const { turn, at, source } of moments)
    for (const moment of [String(turn), at]) {
      const response = await fetch(`${historyApi.url}/games/${game}?at=${moment}`);
      expect(response.status).toBe(200);
      expect(differences(parseLossless(source), parseLossless(await response.text()))).toEqual([]);
    }
}, 60_000);

test('which event each value came with is told', async () => {
  const game = randomUUID();
  await play(game, 0, ['started', { name: 'Told' }], scored(7));
  await ofGames.settled();
  const done = await runCli(
    ['explain', game, '--projection', fixturePath('games.ts'), '--json'],
    testDataDir(),
  );
  const { fields, rows, source } = jsonOf(done) as {
    readonly fields: ReadonlyArray<{
      readonly path: string;
      readonly origin: { readonly op: string } | null;
    }>;
    readonly rows: Readonly<Record<string, readonly object[]>>;
    readonly source: unknown;
  };
  expect(source).toEqual({ state: 'equal' });
  expect(fields.map(({ path, origin }) => [path, origin?.op])).toEqual(
    ['turn', 'status', 'name', 'points', 'players', 'startedAt'].map((path) => [path, 'c']),
  );
  expect(rows).toMatchObject({
    game_events: [
      { position: 1, type: 'started', data: { name: 'Told' } },
      { position: 2, type: 'scored', points: 7 },
    ],
  });
}, 60_000);

test('an event that the fold refuses degrades its own document, until the code is mended', async () => {
  const game = randomUUID();
  const before = await play(game, 0, ['started', { name: 'Refused' }], scored(3));
  await play(game, before, ['sold', {}], scored(4));
  await waitFor(
    'the event and what follows it to be put aside',
    async () => (await ofGames.documents.findOne({ _id: game }))?._sync.quarantine?.changes === 2,
    WAIT,
  );
  const mark = (await ofGames.documents.findOne({ _id: game }))?._sync.quarantine;
  expect(mark?.error).toContain('the type of the event is not known');
  // SQL's events go no further either, and nothing is made of a part of them.
  const source = await fetch(`${readApi.url}/games/${game}?consistency=source`);
  expect(source.headers.get('freshness')).toContain('degraded');
  expect(await source.json()).toMatchObject({ turn: 2, points: 3 });
  const { degraded, wrong } = await verify('games.ts', '--user', game);
  expect({ degraded, wrong }).toEqual({ degraded: [game], wrong: [] });
  const repaired = await runCli(
    ['repair', game, '--projection', fixturePath('games.ts'), '--json'],
    testDataDir(),
  );
  expect(jsonOf(repaired)).toMatchObject([{ id: game, outcome: 'undecided' }]);

  const retry = (fixture: string) =>
    runCli(['dlq', 'retry', '--user', game, '--projection', fixturePath(fixture), '--json'], testDataDir());
  expect((await retry('games.ts')).code).toBe(1);
  expect((await retry('games-mended.ts')).code).toBe(0);
  const healed = await ofGames.documents.findOne({ _id: game });
  expect(healed?._sync.quarantine).toBeUndefined();
  expect(healed).toMatchObject({ turn: 4, status: 'sold', points: 7 });
  expect(parseLossless(await sourceDocument(mended, game))).toMatchObject({
    turn: 4,
    status: 'sold',
    points: 7,
  });
  const whole = await verify('games-mended.ts', '--user', game);
  expect([whole.degraded, whole.wrong]).toEqual([[], []]);
}, 120_000);
