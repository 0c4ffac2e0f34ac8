/** The connector's life: registered twice it is the same, its settings hold no password, an idle database does not pin its slot, and after a deletion it goes on. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { prepareTopics, registerConnectors } from '../../cli/local/deploy.ts';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { registerConnector } from '../../connectors/register.ts';
import { isRunning } from '../../services/shared/connect/connector-status.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import profile from '../../projections/profile.ts';
import { sourceProgress } from '../../services/shared/lag/source-progress.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { connectorName, slotName } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { connectClient, pauseConnector } from '../support/connector-control.ts';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { readWholeTopic } from '../support/raw-topic.ts';
import { addAddress, addUser } from '../support/rows.ts';
import { servedAsInSql } from '../support/served.ts';
import { stackEndpoints } from '../support/stack.ts';
import { createTestDatabase } from '../support/test-database.ts';

const CONFIG_TOPIC = 'readside-connect-configs';
const name = connectorName(profile.stream);

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

async function register(): Promise<readonly string[]> {
  const { kafkaBrokers, connectUrl } = stackEndpoints();
  const logger = createLogger('register', 'silent');
  const made = await prepareTopics(kafkaBrokers, [profile], DEFAULT_TOPIC_SETTINGS, logger);
  const statuses = await registerConnectors(connectUrl, [profile]);
  expect(statuses.map((status) => [status.name, isRunning(status)])).toEqual([[name, true]]);
  return made;
}

/** The end of the config topic too: Connect writes there whatever it is told. */
async function state(): Promise<unknown> {
  const topics = await pipeline.admin.listTopics();
  return {
    config: await connectClient().config(name),
    status: await connectClient().status(name),
    configEnds: await pipeline.admin.fetchTopicOffsets(CONFIG_TOPIC),
    topics: topics.toSorted(),
  };
}

describe('registering again', () => {
  test('makes nothing, changes nothing and restarts nothing', async () => {
    const before = await state();
    expect(await register()).toEqual([]);
    expect(await register()).toEqual([]);
    expect(await state()).toEqual(before);
  });
});

describe('registering', () => {
  const { connectUrl } = stackEndpoints();
  const DEADLINE_MS = 60_000;

  async function runningWith(setting: string): Promise<unknown> {
    const response = await fetch(`${connectUrl}/connectors/${name}/tasks`);
    const [task] = (await response.json()) as readonly {
      readonly config: Readonly<Record<string, string>>;
    }[];
    return task?.config[setting];
  }

  /** The connection of the task that runs; null between two tasks. */
  async function slotHolder(): Promise<number | null> {
    const { rows } = await pipeline.sql.query<{ pid: number | null }>(
      'select active_pid as pid from pg_replication_slots where slot_name = $1',
      [slotName(profile.stream)],
    );
    return rows[0]?.pid ?? null;
  }

  test('another setting ends when the connector runs with it, not while it still runs with the old one', async () => {
    const config = connectorConfig(profile.stream, profile.captured);
    for (const wanted of [{ ...config, 'max.batch.size': '1024' }, config]) {
      const former = await waitFor('a task at the slot', async () => (await slotHolder()) ?? undefined, {
        timeoutMs: DEADLINE_MS,
      });
      const status = await registerConnector(connectClient(), name, wanted, DEADLINE_MS);
      expect(await slotHolder()).not.toBe(former);
      expect(isRunning(status)).toBe(true);
      expect(await runningWith('max.batch.size')).toBe(wanted['max.batch.size']);
      expect(await connectClient().status(name)).toEqual(status);
      const id = await addUser(pipeline.sql);
      await servedAsInSql(pipeline, [id]);
    }
  }, 120_000);

  test('makes one that was paused run again', async () => {
    await pauseConnector(profile.stream);
    const id = await addUser(pipeline.sql);
    expect(await register()).toEqual([]);
    await servedAsInSql(pipeline, [id]);
  }, 60_000);
});

describe('the passwords', () => {
  test('are in no setting that Connect shows, and in no record that it keeps', async () => {
    const shown = JSON.stringify(await connectClient().config(name));
    const kept = await readWholeTopic(CONFIG_TOPIC);
    const password = '${env:READSIDE_PG_REPLICATOR_PASSWORD}';
    expect(shown).toContain(password);
    expect(kept.some((record) => record.includes(name) && record.includes(password))).toBe(true);
    const secrets = Object.entries(stackEndpoints().secrets);
    expect(secrets.filter(([, secret]) => shown.includes(secret)).map(([each]) => each)).toEqual([]);
    const leaked = secrets.filter(([, secret]) => kept.some((record) => record.includes(secret)));
    expect(leaked.map(([each]) => each)).toEqual([]);
  });
});

describe('the slot', () => {
  test('moves on while its tables are idle and a neighbour database writes', async () => {
    const neighbour = await createTestDatabase({ migrated: false });
    try {
      await neighbour.admin.query(
        'create table busy as select repeat(md5(n::text), 30) from generate_series(1, 5000) n',
      );
      const { currentLsn } = await sourceProgress(pipeline.sql, slotName(profile.stream));
      const confirmed = await waitFor(
        'the slot to confirm what the neighbour wrote',
        async () => {
          const { slot } = await sourceProgress(pipeline.sql, slotName(profile.stream));
          return slot !== null && slot.confirmedLsn >= currentLsn ? slot : undefined;
        },
        { timeoutMs: 30_000 },
      );
      expect(confirmed).toMatchObject({ active: true, walStatus: 'reserved' });
    } finally {
      await neighbour.drop();
    }
  });

  test('is kept when the connector is deleted; registered again it goes on where it was, without another snapshot', async () => {
    const untouched = await addUser(pipeline.sql);
    const changed = await addUser(pipeline.sql);
    const removed = await addUser(pipeline.sql);
    await servedAsInSql(pipeline, [untouched, changed, removed]);
    const before = await pipeline.documents.findOne({ _id: untouched });

    expect(await connectClient().delete(name)).toBe(true);
    await waitFor('the connector to be gone', async () => (await connectClient().status(name)) === null, {
      timeoutMs: 30_000,
    });
    try {
      await addAddress(pipeline.sql, changed);
      await pipeline.sql.query('delete from users where id = $1', [removed]);
      const { slot } = await sourceProgress(pipeline.sql, slotName(profile.stream));
      expect(slot?.walStatus).toBe('reserved');
    } finally {
      expect(await register()).toEqual([]);
    }
    const added = await addUser(pipeline.sql);
    await servedAsInSql(pipeline, [untouched, changed, removed, added]);
    await pipeline.settled();
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
    // A snapshot would have sent it once more.
    expect(await pipeline.documents.findOne({ _id: untouched })).toEqual(before);
  }, 120_000);
});
