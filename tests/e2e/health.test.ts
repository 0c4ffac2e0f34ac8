/**
 * Each stall made by hand turns the projector's /readyz unready within 10 s, with the reason and what heals it; healed, it is ready again
 * without anyone's help (invariant 8).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import profile from '../../projections/profile.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { StatusReport } from '../../services/shared/status-report.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import { connectClient, pauseConnector, resumeConnector } from '../support/connector-control.ts';
import { nextProcess, signalProcess } from '../support/faults/run-system.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';
import { runningSystem, stackEndpoints, testDataDir } from '../support/stack.ts';

interface Readiness {
  readonly status: number;
  readonly health: {
    readonly state: string;
    readonly text: string;
    readonly causes: ReadonlyArray<{ readonly code: string; readonly text: string; readonly remedy: string }>;
  };
}

const WITHIN_MS = 10_000;
const HEALED_MS = 60_000;

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
  await untilReady();
}, 90_000);
afterAll(async () => {
  await untilReady();
  await pipeline.settled();
  await pipeline.close();
}, 120_000);

async function readiness(): Promise<Readiness> {
  const response = await fetch(`${runningSystem().projectorUrl}/readyz`, {
    signal: AbortSignal.timeout(2000),
  });
  const body = (await response.json()) as { readonly health: Readiness['health'] };
  return { status: response.status, health: body.health };
}

/** Unready by this cause in time, and then what it says. */
async function untilStalled(code: string, since: number): Promise<string> {
  const { health } = await waitFor(
    `/readyz to be unready by ${code}`,
    async () => {
      const answer = await readiness();
      if (answer.status !== 503 || !answer.health.causes.some((each) => each.code === code))
        throw new Error(`${answer.status} ${answer.health.text}`);
      return answer;
    },
    { timeoutMs: WITHIN_MS, intervalMs: 100 },
  );
  expect(performance.now() - since).toBeLessThan(WITHIN_MS);
  expect(health.state).toBe('stalled');
  return health.text;
}

async function untilReady(): Promise<void> {
  await waitFor(
    '/readyz to be ready, and up to date',
    async () => {
      const { status, health } = await readiness();
      if (status !== 200 || health.state !== 'up-to-date') throw new Error(`${status} ${health.text}`);
      return true;
    },
    { timeoutMs: HEALED_MS, intervalMs: 100 },
  );
}

function pidOf(name: 'mongod' | 'kafka'): number {
  const pid = runningSystem().pids[name];
  if (pid === null) throw new Error(`${name} does not run`);
  return pid;
}

/** What is stopped goes on whatever the test finds. */
async function whileStopped(pid: number, look: (since: number) => Promise<void>): Promise<void> {
  const since = performance.now();
  process.kill(pid, 'SIGSTOP');
  try {
    await look(since);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describe('the connector', () => {
  test('that is paused is told, with the command that heals it, by /readyz and by status', async () => {
    await pauseConnector(profile.stream);
    try {
      const text = await untilStalled('connector-held', performance.now());
      expect(text).toMatch(/the connector is PAUSED: readside connectors resume profile$/);
      const { code, stdout } = await runCli(['status'], testDataDir());
      expect(code).toBe(3);
      expect(stdout.split('\n')[0]).toContain('the connector is PAUSED: readside connectors resume profile');
    } finally {
      await resumeConnector(profile.stream);
    }
    await untilReady();
  }, 120_000);

  test('that was deleted is told, and is ready again after the command that it names', async () => {
    await connectClient().delete(connectorName(profile.stream));
    const text = await untilStalled('connector-absent', performance.now());
    expect(text).toMatch(/is not registered: readside register$/);
    const { code, stderr } = await runCli(['register'], testDataDir());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await untilReady();
  }, 120_000);

  test('whose task failed is told, and started again by itself once the cause is gone', async () => {
    const { sql } = pipeline;
    const since = performance.now();
    // What it needs for each heartbeat is taken away; its connection broken, it comes to need it at once.
    await sql.query('alter role readside_replicator nologin');
    await sql.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
      'readside_replicator',
    ]);
    try {
      expect(await untilStalled('slot-inactive', since)).toMatch(/readside_profile|the connector failed/);
      await waitFor(
        'the task to have failed',
        async () => (await readiness()).health.causes.some(({ code }) => code === 'connector-failed'),
        { timeoutMs: HEALED_MS, intervalMs: 100 },
      );
    } finally {
      await sql.query('alter role readside_replicator login');
    }
    await untilReady();
  }, 180_000);
});

test('Kafka Connect that cannot read its own topics to their end is told so, and its connector is not called absent', async () => {
  // An open transaction holds up every reader of committed records, Connect's start among them.
  const { kafkaBrokers } = stackEndpoints();
  const producer = createKafka('readside-tests', kafkaBrokers, createLogger('tests', 'silent')).producer({
    transactionalId: 'left-open',
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  try {
    const left = await producer.transaction();
    await left.send({ topic: 'readside-connect-offsets', messages: [{ key: 'left-open', value: '' }] });
    try {
      const former = signalProcess('connect', 'SIGKILL');
      await nextProcess('connect', former);
      const told = new Set<string>();
      await waitFor(
        '/readyz to say that Kafka Connect is starting',
        async () => {
          const { health } = await readiness();
          for (const { code } of health.causes) told.add(code);
          if (!told.has('connect-starting')) throw new Error(health.text);
          return true;
        },
        { timeoutMs: HEALED_MS, intervalMs: 100 },
      );
      expect(told).not.toContain('connector-absent');
    } finally {
      await left.abort();
    }
    await untilReady();
  } finally {
    await producer.disconnect();
  }
}, 180_000);

describe('MongoDB', () => {
  test('that takes no writes is told, and the projector goes on when it does again', async () => {
    const mongo = new MongoClient(stackEndpoints().mongoUrl);
    try {
      const since = performance.now();
      await mongo.db('admin').command({ fsync: 1, lock: true });
      try {
        expect(await untilStalled('store-refuses-writes', since)).toContain('MongoDB takes no writes');
      } finally {
        await mongo.db('admin').command({ fsyncUnlock: 1 });
      }
      await untilReady();
    } finally {
      await mongo.close();
    }
  }, 120_000);

  test('that hangs is told', async () => {
    await whileStopped(pidOf('mongod'), async (since) => {
      expect(await untilStalled('store-down', since)).toContain('mongod does not answer');
    });
    await untilReady();
  }, 120_000);
});

test('Kafka that hangs is told', async () => {
  await whileStopped(pidOf('kafka'), async (since) => {
    expect(await untilStalled('kafka-down', since)).toContain('kafka does not answer');
  });
  await untilReady();
  await addUser(pipeline.sql);
  await pipeline.settled();
}, 180_000);

test('what the slot keeps and where each partition stands is told in numbers', async () => {
  const { streams, projections } = jsonOf(await runCli(['status', '--json'], testDataDir())) as StatusReport;
  expect(streams[0]?.slot).toMatchObject({ active: true, walStatus: 'reserved' });
  const lag = projections[0]?.lag;
  if (lag === undefined || 'error' in lag) throw new Error('the lag is not known');
  expect(lag.partitions[0]).toMatchObject({
    partition: 0,
    committed: expect.any(Number),
    end: expect.any(Number),
    assigned: true,
  });
  // A moment's lag may be told first: what the test is after is that the numbers say what /readyz says.
  await waitFor(
    '/metrics to tell the slot and that all is up to date',
    async () => {
      const metrics = await (await fetch(`${runningSystem().projectorUrl}/metrics`)).text();
      expect(metrics).toMatch(/^readside_slot_retained_bytes \d+$/m);
      expect(metrics).toMatch(/^readside_health\{state="up-to-date"\} 1$/m);
      return true;
    },
    { timeoutMs: HEALED_MS, intervalMs: 100 },
  );
});
