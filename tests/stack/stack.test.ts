/** The real servers, once: started in a folder that only root can pass, killed, stopped, and started again with a port taken. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { Client } from 'pg';
import { wipeData } from '../../stack/data-dir.ts';
import { isFree } from '../../stack/ports.ts';
import { startStack, type ServerName, type Stack } from '../../stack/stack.ts';
import { waitFor } from '../../stack/wait.ts';
import { eventLog, isRunning, untilGone } from './support.ts';

// mkdtemp makes it 0700: as root, Postgres's own user cannot pass it.
const folder = mkdtempSync(join(tmpdir(), 'readside-test-'));
const dataDir = join(folder, '.readside');
const servers: readonly ServerName[] = ['postgres', 'mongod', 'kafka', 'connect'];
const events = eventLog();
const stacks: Stack[] = [];

async function start(): Promise<Stack> {
  const stack = await startStack({ dataDir, ports: 'ephemeral', env: process.env, onEvent: events.onEvent });
  stacks.push(stack);
  return stack;
}

afterAll(async () => {
  for (const stack of stacks) await stack.stop();
  // Postgres's data may be elsewhere.
  wipeData(dataDir);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function current(): Stack {
  const stack = stacks.at(-1);
  if (stack === undefined) throw new Error('no stack was started');
  return stack;
}

async function sql(statement: string): Promise<readonly unknown[]> {
  const client = new Client({
    connectionString: current().endpoints.postgresUrl,
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function mongo<T>(
  use: (client: MongoClient) => Promise<T>,
  user?: readonly [name: string, password: string],
): Promise<T> {
  const url = new URL(current().endpoints.mongoUrl);
  if (user !== undefined) [url.username, url.password] = user;
  const client = new MongoClient(url.href, { serverSelectionTimeoutMS: 10_000 });
  try {
    return await use(await client.connect());
  } finally {
    await client.close();
  }
}

async function topics(create: readonly string[]): Promise<readonly string[]> {
  const admin = new Kafka({
    brokers: [current().endpoints.kafkaBrokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 8 },
  }).admin();
  try {
    await admin.connect();
    await admin.createTopics({ topics: create.map((topic) => ({ topic, numPartitions: 3 })) });
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

async function connectPlugins(): Promise<string> {
  return (await fetch(`${current().endpoints.connectUrl}/connector-plugins`)).text();
}

test('starts from nothing, and every server is set up', async () => {
  const stack = await start();
  expect(await sql('SELECT current_database()::text')).toEqual(['readside']);
  const settings = ['wal_level', 'synchronous_commit', 'fsync', 'listen_addresses', 'password_encryption'];
  expect(
    await sql(`SELECT setting FROM pg_settings WHERE name IN ('${settings.join("','")}') ORDER BY name`),
  ).toEqual(['on', '127.0.0.1', 'scram-sha-256', 'on', 'logical']);
  expect(
    await sql("SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'readside'"),
  ).toEqual(['bC.UTF-8']);
  const wrong = stack.endpoints.postgresUrl.replace(stack.secrets.postgresSuperuser, 'wrong');
  await expect(new Client({ connectionString: wrong }).connect()).rejects.toMatchObject({ code: '28P01' });
  expect(await connectPlugins()).toContain('"io.debezium.connector.postgresql.PostgresConnector"');
  expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
  await sql('CREATE TABLE kept (n int)');
  await sql('INSERT INTO kept VALUES (1)');
  await mongo((client) =>
    client
      .db()
      .collection('kept')
      .insertOne({ n: 1 }, { writeConcern: { w: 'majority' } }),
  );
  expect(await topics(['kept'])).toContain('kept');
}, 120_000);

test("Mongo's users may do what they need, and nobody may do anything without a password", async () => {
  const { secrets } = current();
  const projector = ['readside_projector', secrets.mongoProjector] as const;
  const reader = ['readside_reader', secrets.mongoReader] as const;
  await mongo((client) => client.db().collection('mine').insertOne({ n: 1 }), projector);
  await mongo((client) => client.db().collection('mine').createIndex({ n: 1 }), projector);
  expect(await mongo((client) => client.db().collection('mine').countDocuments(), reader)).toBe(1);
  await expect(
    mongo((client) => client.db().collection('mine').insertOne({ n: 2 }), reader),
  ).rejects.toMatchObject({ codeName: 'Unauthorized' });
  await expect(
    mongo((client) => client.db().collection('mine').countDocuments(), ['', '']),
  ).rejects.toMatchObject({ codeName: 'Unauthorized' });
});

test('a second start on the same folder is refused, and names who has it', async () => {
  await expect(
    startStack({ dataDir, ports: 'ephemeral', env: process.env, onEvent: () => undefined }),
  ).rejects.toThrow(new RegExp(`in use by process ${process.pid}`));
  expect(servers.every((name) => isRunning(current().pids()[name] ?? 0))).toBe(true);
});

test('each server comes back after kill -9, on its port and with its data', async () => {
  const before = current().pids();
  const counts = Object.fromEntries(servers.map((name) => [name, events.all('ready', name).length]));
  // A backend that is busy when its postmaster is killed does not notice, and holds the shared memory that the next one needs.
  const busy = sql('SELECT sum(n) FROM generate_series(1, 1000000000) n').catch((error: unknown) => error);
  await waitFor(
    'the busy backend',
    async () =>
      (
        await sql(
          "SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 10%' AND pid <> pg_backend_pid()",
        )
      )[0] === 1,
    { timeoutMs: 5000 },
  );
  for (const name of servers) process.kill(before[name] ?? 0, 'SIGKILL');
  await busy;
  for (const name of servers) await events.until('ready', (counts[name] ?? 0) + 1, name, 40_000);
  const after = current().pids();
  for (const name of servers) expect(after[name]).not.toBe(before[name]);
  expect(await sql('SELECT n FROM kept')).toEqual([1]);
  expect(await mongo((client) => client.db().collection('kept').countDocuments())).toBe(1);
  expect(await topics([])).toContain('kept');
}, 60_000);

test('after a stop no process is left, and the next start has the data, on another port where one was taken', async () => {
  const first = current();
  const pids = first.pids();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by choosePorts
  const ports = JSON.parse(readFileSync(join(dataDir, 'ports.json'), 'utf8')) as Record<string, number>;
  await first.stop();
  for (const name of servers) await untilGone(pids[name] ?? 0);
  for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);

  const squatters: Server[] = [];
  for (const name of ['postgres', 'mongod', 'kafka', 'kafkaController']) {
    // One that took connections and never said a word would keep mongod, which asks its former address whether that is itself, for 30 s.
    const server = createServer((socket) => socket.destroy()).listen(ports[name], '127.0.0.1');
    await once(server, 'listening');
    squatters.push(server);
  }
  try {
    const second = await start();
    expect(second.secrets).toEqual(first.secrets);
    expect(second.endpoints.connectUrl).toBe(first.endpoints.connectUrl);
    for (const name of ['postgresUrl', 'mongoUrl', 'kafkaBrokers'] as const)
      expect(second.endpoints[name]).not.toBe(first.endpoints[name]);
    expect(await sql('SELECT n FROM kept')).toEqual([1]);
    // Not a direct connection: the driver follows the address that the replica set itself holds.
    expect(
      await mongo((client) =>
        client
          .db()
          .collection('kept')
          .countDocuments({}, { readConcern: { level: 'majority' } }),
      ),
    ).toBe(1);
    expect(await topics([])).toContain('kept');
    expect(await connectPlugins()).toContain('PostgresConnector');
  } finally {
    for (const server of squatters) server.close();
  }
}, 60_000);

test('an aborted start ends everything that it had begun', async () => {
  await current().stop();
  const abort = new AbortController();
  const seen = eventLog();
  const starting = startStack({
    dataDir,
    ports: 'ephemeral',
    env: process.env,
    onEvent: seen.onEvent,
    signal: abort.signal,
  });
  await seen.until('starting', 4);
  abort.abort(new Error('changed my mind'));
  await expect(starting).rejects.toThrow('changed my mind');
  for (const { pid } of seen.all('starting')) expect(isRunning(pid)).toBe(false);
  // And the folder is free for the next one.
  expect(existsSync(join(dataDir, 'run', 'lock.json'))).toBe(false);
}, 60_000);
