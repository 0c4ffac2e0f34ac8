/**
 * Whether a document is right can be asked, and answered: what somebody has changed, removed or invented in MongoDB is found, named and made
 * anew, while what only lags is not accused. On the run's system, with writers beside.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startVerifier } from '../../services/projector/continuous-verifier.ts';
import { reachWithin } from '../../services/shared/lag/reach.ts';
import type { StatusReport } from '../../services/shared/status-report.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { waitFor } from '../../stack/wait.ts';
import { Registry } from 'prom-client';
import { readStackFile } from '../../cli/local/stack-file.ts';
import { jsonOf, linesOf, runCli, startCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { pauseConnector, resumeConnector } from '../support/connector-control.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { produceRaw } from '../support/raw-topic.ts';
import { addAddress, addPreference, addUser } from '../support/rows.ts';
import { servedAsInSql } from '../support/served.ts';
import { testDataDir } from '../support/stack.ts';

interface Result {
  readonly projection: string;
  readonly compared: number;
  readonly wrong: ReadonlyArray<{
    readonly id: string;
    readonly kind: string;
    readonly fields: ReadonlyArray<{
      readonly path: string;
      readonly expected: string | null;
      readonly found: string | null;
    }>;
  }>;
  readonly degraded: readonly string[];
  readonly undecided: readonly string[];
  readonly repairs: ReadonlyArray<{ readonly id: string; readonly outcome: string }>;
}

const run = (...args: readonly string[]): Promise<CliResult> => runCli(args, testDataDir());
const verify = async (...args: readonly string[]): Promise<{ code: number | null; result: Result }> => {
  const done = await run('verify', 'profile', '--json', ...args);
  const [result] = jsonOf(done) as readonly Result[];
  if (!result) throw new Error(done.stderr);
  return { code: done.code, result };
};
interface Explained {
  readonly fields: ReadonlyArray<{ readonly path: string; readonly origin: object | null }>;
}

const projectorUrl = (): string => {
  const { projectorUrl: url } = readStackFile(testDataDir()) ?? {};
  if (url === undefined) throw new Error('the stack file does not name the projector');
  return url;
};
const MAJORITY = { writeConcern: { w: 'majority' } } as const;

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

async function addWhole(): Promise<string> {
  const id = await addUser(pipeline.sql);
  await addAddress(pipeline.sql, id);
  await addPreference(pipeline.sql, id, 'theme', '"dark"');
  return id;
}

/** A document as it stood some changes ago, with the offsets that it had. */
async function makeStale(id: string): Promise<void> {
  const before = await pipeline.documents.findOne({ _id: id });
  if (!before) throw new Error(`no document ${id}`);
  await pipeline.sql.query("update users set display_name = 'Newer' where id = $1", [id]);
  await servedAsInSql(pipeline, [id]);
  await pipeline.documents.replaceOne({ _id: id }, before, MAJORITY);
}

describe('documents that somebody has changed by hand', () => {
  test('are found, each with what is wrong with it, and made anew; no other is accused', async () => {
    const { documents, sql } = pipeline;
    const [corrupted, deleted, stale, right] = await Promise.all([
      addWhole(),
      addWhole(),
      addWhole(),
      addWhole(),
    ]);
    const invented = randomUUID();
    const foreign = 'nobody'; // no row can have such an id
    await servedAsInSql(pipeline, [corrupted, deleted, stale, right]);
    const whole = await documents.findOne({ _id: right });
    await documents.updateOne({ _id: corrupted }, { $set: { 'addresses.0.city': 'Pari', bio: 1 } }, MAJORITY);
    await documents.deleteOne({ _id: deleted }, MAJORITY);
    if (!whole) throw new Error(`no document ${right}`);
    await documents.insertOne({ ...whole, _id: invented }, MAJORITY);
    await pipeline.db
      .collection<{ _id: string; email: string }>('profiles')
      .insertOne({ _id: foreign, email: 'a@example.com' }, MAJORITY);
    await makeStale(stale);
    // Somebody writes all the time, at the pace of a person.
    const stopping = new AbortController();
    const writing = (async () => {
      for (let i = 0; !stopping.signal.aborted; i++) {
        await sql.query('update users set bio = $2 where id = $1', [right, `bio ${i}`]);
        await sleep(100);
      }
    })();

    try {
      const { code, result } = await verify('--all');
      expect(code).toBe(1);
      expect(result.undecided).toEqual([]);
      const kinds = Object.fromEntries(result.wrong.map(({ id, kind }) => [id, kind]));
      expect(kinds).toEqual({
        [corrupted]: 'different',
        [deleted]: 'missing',
        [invented]: 'extra',
        [foreign]: 'extra',
        [stale]: 'different',
      });
      const fields = new Map(result.wrong.map((each) => [each.id, each.fields]));
      expect(fields.get(corrupted)).toEqual(
        expect.arrayContaining([
          { path: 'addresses[0].city', expected: '"Paris"', found: '"Pari"' },
          { path: 'bio', expected: 'null', found: '1' },
        ]),
      );
      expect(fields.get(stale)).toEqual([{ path: 'displayName', expected: '"Newer"', found: 'null' }]);

      const repaired = await verify('--all', '--repair');
      expect(repaired.code).toBe(0);
      expect(Object.fromEntries(repaired.result.repairs.map(({ id, outcome }) => [id, outcome]))).toEqual({
        [corrupted]: 'repaired',
        [deleted]: 'repaired',
        [invented]: 'removed',
        [foreign]: 'removed',
        [stale]: 'repaired',
      });
    } finally {
      stopping.abort();
      await writing;
    }
    const after = await verify('--all');
    expect({ code: after.code, wrong: after.result.wrong }).toEqual({ code: 0, wrong: [] });
    await servedAsInSql(pipeline, [corrupted, deleted, invented, stale, right]);

    // The projector, which may hold them as they were, goes on from what was repaired.
    for (const id of [corrupted, deleted, stale])
      await sql.query("update users set full_name = 'Later' where id = $1", [id]);
    await servedAsInSql(pipeline, [corrupted, deleted, stale]);
  }, 180_000);

  test('a projector that holds a document as it was before the repair does not save it', async () => {
    const { documents, sql } = pipeline;
    const id = await addWhole();
    await servedAsInSql(pipeline, [id]);
    // The projector made this document last and holds it; the very last change of its partition is in it.
    await documents.updateOne({ _id: id }, { $set: { fullName: 'Nobody' } }, MAJORITY);
    expect((await verify('--user', id, '--repair')).code).toBe(0);
    const repaired = await documents.findOne({ _id: id });
    expect(repaired).toMatchObject({ fullName: 'Ada', _sync: { at: { repairs: 1 } } });
    await sql.query("update users set bio = 'after' where id = $1", [id]);
    await servedAsInSql(pipeline, [id]);
    const later = await documents.findOne({ _id: id });
    // What it was saved from was the repaired one: a document that the projector had held would not know of the repair.
    expect(later).toMatchObject({ bio: 'after', _sync: { at: { repairs: 1 } } });
  }, 120_000);
});

describe('the continuous verifier', () => {
  test('finds what nobody has asked for, counts it, and sees that it is repaired', async () => {
    const { admin, db, documents, projection, sql: pool } = pipeline;
    const id = await addWhole();
    await servedAsInSql(pipeline, [id]);
    const registry = new Registry();
    const reach = { pool, admin, projection, group: projection.group };
    const stop = startVerifier({
      pool,
      db,
      documents,
      projection,
      reached: (lsn) => reachWithin(reach, lsn, 10_000, AbortSignal.timeout(60_000)),
      isInCharge: () => true,
      rate: 4000,
      registry,
      logger: createLogger('tests', 'silent'),
    });
    const drifted = async (): Promise<number | undefined> => {
      const found = await registry.getSingleMetric('readside_drifted_documents')?.get();
      return found?.values.find(({ labels }) => labels['kind'] === 'different')?.value;
    };
    try {
      await documents.updateOne({ _id: id }, { $set: { fullName: 'By hand' } }, MAJORITY);
      await waitFor('it to be found', async () => (await drifted()) === 1, { timeoutMs: 60_000 });
      expect((await run('repair', id)).code).toBe(0);
      await waitFor('it to be right again', async () => (await drifted()) === 0, { timeoutMs: 60_000 });
    } finally {
      await stop();
    }
  }, 180_000);
});

describe('what cannot be told', () => {
  test('is not called wrong while the stream stands still: exit 3', async () => {
    const id = await addWhole();
    await servedAsInSql(pipeline, [id]);
    await pauseConnector('profile');
    try {
      await pipeline.sql.query("update users set display_name = 'Waits' where id = $1", [id]);
      const { code, result } = await verify('--user', id, '--wait', '3');
      expect(code).toBe(3);
      expect(result).toMatchObject({ compared: 1, wrong: [], undecided: [id] });
      const repair = await run('repair', id, '--wait', '1', '--json');
      expect({ code: repair.code, said: jsonOf(repair) }).toEqual({
        code: 1,
        said: [{ id, outcome: 'undecided' }],
      });
    } finally {
      await resumeConnector('profile');
    }
    await servedAsInSql(pipeline, [id]);
    expect((await verify('--user', id)).code).toBe(0);
  }, 120_000);

  test('a document in quarantine is called degraded and not wrong; repair ends its quarantine', async () => {
    const id = await addWhole();
    await servedAsInSql(pipeline, [id]);
    await produceRaw(pipeline.projection.topic, [{ key: id, value: '{"op":' }]);
    await waitFor(
      'the document to be degraded',
      async () => (await pipeline.documents.findOne({ _id: id }))?._sync.quarantine !== undefined,
      { timeoutMs: 30_000 },
    );
    await pipeline.sql.query("update users set display_name = 'Behind' where id = $1", [id]);
    const { code, result } = await verify('--user', id);
    expect({ code, degraded: result.degraded, wrong: result.wrong }).toEqual({
      code: 0,
      degraded: [id],
      wrong: [],
    });
    const repair = await run('repair', id);
    expect({ code: repair.code, lines: linesOf(repair) }).toEqual({
      code: 0,
      lines: [`${id} made anew from the source`],
    });
    await servedAsInSql(pipeline, [id]);
    await pipeline.sql.query("update users set bio = 'flows again' where id = $1", [id]);
    await servedAsInSql(pipeline, [id]);
  }, 120_000);
});

describe('readside explain', () => {
  test('tells where each value came from, and says when a document is not right', async () => {
    const { documents, sql } = pipeline;
    const id = await addWhole();
    await sql.query("update users set display_name = 'Later' where id = $1", [id]);
    await servedAsInSql(pipeline, [id]);
    const equal = await run('explain', id, '--json');
    const explained = jsonOf(equal) as Explained;
    expect({ code: equal.code, explained }).toMatchObject({
      code: 0,
      explained: { id, phase: 'live', source: { state: 'equal' }, passedOver: [], quarantine: null },
    });
    const origins = new Map(explained.fields.map(({ path, origin }) => [path, origin]));
    expect(explained.fields.filter(({ origin }) => origin === null)).toEqual([]);
    expect(origins.get('email')).toMatchObject({ op: 'c' });
    expect(origins.get('displayName')).toMatchObject({ op: 'u' });
    expect(origins.get('addresses[0].city')).toMatchObject({ op: 'c' });
    expect(origins.get('preferences.theme')).toMatchObject({ op: 'c' });

    await documents.updateOne({ _id: id }, { $set: { fullName: 'By hand' } }, MAJORITY);
    const wrong = await run('explain', id);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain('not what the source says: readside repair');
    expect(wrong.stdout).toContain('fullName: "Ada" expected, "By hand" found');
    // The projector's route tells the same without values.
    const response = await fetch(`${projectorUrl()}/admin/explain/${id}`);
    const body = await response.text();
    expect(response.status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ id, source: { state: 'wrong', paths: ['fullName'] } });
    expect(body).not.toContain('By hand');
    expect(body).not.toContain('Paris');
    expect((await run('repair', id)).code).toBe(0);
    expect((await fetch(`${projectorUrl()}/admin/explain/${randomUUID()}`)).status).toBe(404);
  }, 120_000);
});

describe('readside trace', () => {
  test('tells the stages of the next change', async () => {
    const id = await addWhole();
    await servedAsInSql(pipeline, [id]);
    const tracing = startCli(['trace', id, '--json'], testDataDir());
    await waitFor('it to wait', () => tracing.stderr().includes('waiting for changes'), {
      timeoutMs: 30_000,
    });
    await pipeline.sql.query("update users set bio = 'traced' where id = $1", [id]);
    const done = await tracing.done;
    expect(done.code).toBe(0);
    const traced = jsonOf(done) as {
      readonly sinceCommit: Readonly<Record<'captured' | 'inKafka' | 'applied' | 'readable', number>>;
    };
    expect(traced).toMatchObject({ op: 'u', table: 'users' });
    const { captured, inKafka, applied, readable } = traced.sinceCommit;
    const stages = [0, captured, inKafka, applied, readable];
    expect(stages).toEqual(stages.toSorted((a, b) => a - b));
  }, 120_000);
});

describe('readside verify', () => {
  test('compares some by chance, tells what it did, and status shows it', async () => {
    await addWhole();
    await pipeline.settled();
    const done = await run('verify', '--sample', '50');
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/^profile: \d+ documents? compared with SQL, none wrong\n/m);
    const status = await run('status', '--json');
    const { projections } = jsonOf(status) as StatusReport;
    expect(projections[0]?.verified).toMatchObject({ scope: 'sample', missing: 0, extra: 0, different: 0 });
  }, 60_000);

  test('refuses what does not go together: exit 2', async () => {
    const done = await run('verify', '--all', '--user', 'a');
    expect({ code: done.code, lines: linesOf(done) }).toEqual({
      code: 2,
      lines: ['readside: only one of --all, --sample <n> and --user <id>'],
    });
  });
});
