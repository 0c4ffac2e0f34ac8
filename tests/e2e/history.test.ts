/**
 * The history of profiles against what SQL served after each transaction: random commands and SQL, a projector killed meanwhile, a repair and
 * a rebuild; then as-of reads at random moments equal the copies that Postgres kept (tests/support/temporal-copies.ts).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { rebuild } from '../../cli/rebuild/rebuild.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import history from '../../projections/history.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { microsToIso } from '../../services/shared/stored-document.ts';
import { waitFor } from '../../stack/wait.ts';
import { runCli } from '../support/cli.ts';
import { openReadSide } from '../support/faults/read-side.ts';
import type { ReadSide } from '../support/faults/read-side.ts';
import { compareDocuments } from '../support/oracle.ts';
import { createRandom } from '../../services/shared/random.ts';
import type { Random } from '../../services/shared/random.ts';
import { addPreference, addUser, inTransaction } from '../support/rows.ts';
import { differences } from '../support/same-json.ts';
import { stackEndpoints, testDataDir } from '../support/stack.ts';
import { keepTemporalCopies } from '../support/temporal-copies.ts';
import type { TemporalCopies, TemporalCopy } from '../support/temporal-copies.ts';
import { arbitraryTransaction } from '../support/transactions/arbitrary-transaction.ts';
import { runTransactions } from '../support/transactions/run-transactions.ts';
import { createPopulation } from '../support/workload/population.ts';
import { restWriter } from '../support/workload/rest-writer.ts';
import { newSeed } from '../support/workload/settings.ts';

const TRANSACTIONS = 250;
const MOMENTS = 1000;
const KEEP = history.definition.history?.keep ?? 0;
const SECOND = 1_000_000;
const DEADLINE_MS = 60_000;
const SIDE = { file: '../../../projections/history.ts', is: history };

interface Entry {
  readonly number: number;
  readonly kind: string;
  readonly at: string;
  readonly by: string | null;
  readonly transaction: number | null;
  readonly changes: ReadonlyArray<{ readonly path: string }>;
}

const seed = newSeed();
const random = createRandom(seed);
let side: ReadSide;
let copies: TemporalCopies;

beforeAll(async () => {
  side = await openReadSide({ projection: SIDE });
  copies = await keepTemporalCopies(side.pipeline.sql, history);
}, 300_000);

afterAll(async () => {
  try {
    await copies.stop();
  } finally {
    await side.close();
  }
}, 90_000);

async function ask(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${side.readApiUrl}${path}`, { headers });
  const text = await response.text();
  const type = text === '' ? '' : (parseLossless(text) as { readonly type?: string }).type;
  return { status: response.status, headers: response.headers, text, type };
}

const pastOf = (id: string, at: string | number) => ask(`/profiles/${id}?at=${at}`);

async function pageOf(
  path: string,
): Promise<{ readonly items: readonly Entry[]; readonly next: string | null }> {
  const { status, text, headers } = await ask(path);
  expect(status).toBe(200);
  const { items } = JSON.parse(text) as { readonly items: readonly Entry[] };
  return { items, next: /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? null };
}

const newest = async (id: string): Promise<readonly Entry[]> =>
  (await pageOf(`/profiles/${id}/history?limit=100`)).items;

/** Users of this run's by plain SQL, one transaction after the other, and others by REST, likewise. */
async function write(run: number, meanwhile: () => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const people = createPopulation();
  const rest = restWriter(side.writeApiUrl, createRandom(run), people, stopping.signal, 20);
  const transactions = fc.sample(arbitraryTransaction(run), { seed: run, numRuns: TRANSACTIONS });
  const sql = runTransactions(side.pipeline.sql, transactions, 1);
  try {
    await meanwhile();
    expect((await sql).unexpected).toEqual([]);
  } finally {
    stopping.abort();
  }
  const { acknowledged, unexpected } = await rest;
  expect(unexpected).toEqual([]);
  expect(acknowledged).toBeGreaterThan(20);
  await side.pipeline.settled();
}

/** What is wrong in the answers at so many random moments: anywhere, at a commit, and a microsecond before one. */
async function wrongMoments(count: number): Promise<readonly string[]> {
  const lives = [...(await copies.lives(history))];
  const wrong: string[] = [];
  for (let n = 0; n < count; n++) {
    const [id, life] = random.pick(lives) ?? ['', []];
    const at = momentOf(random, life);
    const answer = await pastOf(id, microsToIso(at));
    const said = wrongIn(answer, life, at);
    if (said !== null) wrong.push(`${id} at ${microsToIso(at)}: ${said}`);
  }
  return wrong;
}

function momentOf(chance: Random, life: readonly TemporalCopy[]): number {
  const first = life[0]?.at ?? 0;
  const last = life.at(-1)?.at ?? 0;
  const commit = chance.pick(life)?.at ?? 0;
  return (
    chance.pick([first - SECOND + chance.below(last - first + 2 * SECOND), commit, commit - 1]) ?? commit
  );
}

/** null: nothing is. */
function wrongIn(
  { status, text, type }: Awaited<ReturnType<typeof ask>>,
  life: readonly TemporalCopy[],
  at: number,
): string | null {
  const expected = life.findLast((each) => each.at <= at)?.document ?? null;
  const isGone = life.at(-1)?.document === null;
  // Only what fell away may be not known any more.
  if (status === 410 && !isGone && life.filter((each) => each.at > at).length > KEEP) return null;
  if (isGone || expected === null) {
    const why = isGone ? '/problems/no-such-history' : '/problems/not-yet';
    return status === 404 && type === why ? null : `${why} expected, ${status} ${text}`;
  }
  if (status !== 200) return `answered ${status} ${text}`;
  return differences(parseLossless(expected), parseLossless(text)).join('; ') || null;
}

describe('the history of profiles', () => {
  test('random transactions, the projector killed twice meanwhile', async () => {
    await write(seed, async () => {
      for (let kills = 0; kills < 2; kills++) {
        const pid = await runningProjector();
        process.kill(pid, 'SIGKILL');
        await waitFor('another projector', () => side.projector(0).pid() !== pid, { timeoutMs: DEADLINE_MS });
      }
      await runningProjector();
    });
    expect((await compareDocuments(side.pipeline)).wrong).toEqual([]);
  }, 240_000);

  test(`${MOMENTS} documents as they were equal what SQL served then`, async () => {
    expect({ seed, wrong: await wrongMoments(MOMENTS) }).toEqual({ seed, wrong: [] });
  }, 120_000);

  test('pages tell every transaction once, newest first, when and by whom', async () => {
    const lives = await copies.lives(history);
    const [id, life] = [...lives]
      .filter(([, each]) => each.at(-1)?.document !== null && each[0]?.document !== null)
      .reduce((longest, each) => (each[1].length > longest[1].length ? each : longest));
    const entries: Entry[] = [];
    for (let path: string | null = `/profiles/${id}/history?limit=3`; path !== null;) {
      const page = await pageOf(path);
      entries.push(...page.items);
      path = page.next;
    }
    expect(entries.map(({ number }) => number)).toEqual(entries.map((_, i) => entries.length - i));
    const told = new Map(life.map(({ transaction, at }) => [transaction, microsToIso(at)]));
    for (const { transaction, at } of entries) expect(at).toBe(told.get(transaction ?? 0));
    // A copy that is as the one before has no entry.
    const different = life.filter(
      ({ document }, i) =>
        i === 0 ||
        differences(parseLossless(life[i - 1]?.document ?? ''), parseLossless(document ?? '')).length > 0,
    );
    expect(entries.map(({ transaction }) => transaction)).toEqual(
      different.map(({ transaction }) => transaction).toReversed(),
    );
  }, 60_000);

  test('who, and with a version the document that each command left', async () => {
    const created = await fetch(`${side.writeApiUrl}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: `who.${seed}@example.com`, fullName: 'Who' }),
    });
    const { id } = (await created.json()) as { readonly id: string };
    await inTransaction(side.pipeline.sql, async (sql) => {
      await sql.query("select set_config('readside.subject', 'support/jane', true)");
      await addPreference(sql, id, 'theme', '"dark"');
      await sql.query("update users set full_name = 'Else', version = version + 1 where id = $1", [id]);
    });
    await inTransaction(side.pipeline.sql, async (sql) => {
      await sql.query("set local application_name = 'nightly-job'");
      await sql.query('update users set version = version + 1 where id = $1', [id]);
    });
    await side.pipeline.settled();
    expect((await newest(id)).map(({ kind, by }) => [kind, by])).toEqual([
      ['changed', 'nightly-job'],
      ['changed', 'support/jane'],
      ['created', 'readside-write-api'],
    ]);
    const life = (await copies.lives(history)).get(id) ?? [];
    for (const [i, { document }] of life.entries()) {
      const { status, text, headers } = await pastOf(id, i + 1);
      expect({ status, wrong: differences(parseLossless(document ?? ''), parseLossless(text)) }).toEqual({
        status: 200,
        wrong: [],
      });
      expect(headers.get('freshness')).toContain(`version=${i + 1}, position=`);
    }
    expect(await pastOf(id, 4)).toMatchObject({ status: 404, type: '/problems/not-yet' });
    const etag = (await pastOf(id, 2)).headers.get('etag') ?? '';
    expect((await ask(`/profiles/${id}?at=2`, { 'if-none-match': etag })).status).toBe(304);
  }, 60_000);

  test('what cannot be told is refused, with the reason', async () => {
    const id = await addUser(side.pipeline.sql);
    await side.pipeline.settled();
    for (const at of ['yesterday', '2026-13-01T00:00:00Z', '-1', ''])
      expect({ at, status: (await pastOf(id, at)).status }).toEqual({ at, status: 400 });
    const token = { 'consistency-token': 'WzEsIjAxOTM2ZDVlLTdjMWEtN2EzMC05ZjU1LTBhMWIyYzNkNGU1ZiIsNywwXQ' };
    expect((await ask(`/profiles/${id}?at=1`, token)).status).toBe(400);
    const gone = '00000000-0000-7000-8000-0000000000ff';
    expect((await ask(`/profiles/${gone}/history`)).status).toBe(404);
    expect((await ask(`/profiles/${id}/history?cursor=abc`)).status).toBe(400);
  }, 60_000);

  test('more transactions than are kept: the oldest fall away, and what they told is 410', async () => {
    const id = await addUser(side.pipeline.sql);
    for (let n = 0; n < KEEP + 5; n++)
      await side.pipeline.sql.query('update users set version = version + 1 where id = $1', [id]);
    await side.pipeline.settled();
    const entries = await newest(id);
    expect([entries.length, entries.at(-1)?.number, entries[0]?.number]).toEqual([KEEP, 7, KEEP + 6]);
    const life = (await copies.lives(history)).get(id) ?? [];
    const [first, last] = [life[4]?.at ?? 0, life[5]?.at ?? 0];
    expect(wrongIn(await pastOf(id, microsToIso(last)), life, last)).toBeNull();
    expect(await pastOf(id, microsToIso(first))).toMatchObject({
      status: 410,
      type: '/problems/history-not-kept',
    });
    expect((await pastOf(id, 2)).status).toBe(410);
  }, 60_000);

  test('a repair is an entry of its own, and nothing before it is lost', async () => {
    const { sql, documents } = side.pipeline;
    const id = await addUser(sql);
    await sql.query("update users set full_name = 'Right', version = 2 where id = $1", [id]);
    await side.pipeline.settled();
    const before = await newest(id);
    await documents.updateOne(
      { _id: id },
      { $set: { fullName: 'Wrong' } },
      { writeConcern: { w: 'majority' } },
    );
    const done = await runCli(['repair', id, '--projection', 'history'], testDataDir());
    expect(done).toMatchObject({ code: 0 });
    const [repaired, ...rest] = await newest(id);
    expect(rest).toEqual(before);
    expect(repaired).toMatchObject({
      kind: 'repaired',
      changes: [{ path: 'fullName', before: 'Wrong', after: 'Right' }],
    });
    await sql.query("update users set full_name = 'Later', version = 3 where id = $1", [id]);
    await side.pipeline.settled();
    expect((await newest(id)).map(({ kind }) => kind)).toEqual(['changed', 'repaired', 'changed', 'created']);
    const doubtful = (await pastOf(id, before[0]?.at ?? '')).headers.get('freshness');
    expect(doubtful).toContain('degraded=?1');
    await sql.query('delete from users where id = $1', [id]);
  }, 120_000);

  test('a rebuild while writers write loses and invents no entry', async () => {
    const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = stackEndpoints();
    await write(seed + 1, async () => {
      await rebuild({
        postgresUrl,
        mongoUrl,
        kafkaBrokers,
        connectUrl,
        projection: history,
        connector: connectorConfig(history.stream, history.captured),
        topics: DEFAULT_TOPIC_SETTINGS,
        rate: Infinity,
        logger: createLogger('rebuild', 'silent'),
        signal: AbortSignal.timeout(150_000),
        onProgress: () => undefined,
      });
    });
    expect((await compareDocuments(side.pipeline)).wrong).toEqual([]);
    const rebuilt = await side.pipeline.documents.countDocuments({ '_history.entries.kind': 'rebuilt' });
    expect({ seed, wrong: await wrongMoments(MOMENTS / 2), rebuilt }).toEqual({
      seed,
      wrong: [],
      rebuilt: 0,
    });
  }, 300_000);
});

async function runningProjector(): Promise<number> {
  return waitFor(
    'the projector to be in its group',
    async () => ((await side.members()) === 1 ? (side.projector(0).pid() ?? undefined) : undefined),
    { timeoutMs: DEADLINE_MS },
  );
}
