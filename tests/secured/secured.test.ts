/**
 * The whole system as in production: every server by TLS and with a password, every identity with the least rights, services and verbs told by
 * configuration alone. And what nobody may do, tried: each refusal is the server's own.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { pino } from 'pino';
import { createKafka } from '../../services/shared/kafka-client.ts';
import type { KafkaRight } from '../../services/shared/kafka-rights.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, linesOf, runCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { createAuthority } from '../support/secured/certificates.ts';
import type { Authority } from '../support/secured/certificates.ts';
import { grantKafkaRights } from '../support/secured/grant-kafka-rights.ts';
import * as act from '../support/secured/kafka-acts.ts';
import { BROKER, restStatus, startSecuredServers } from '../support/secured/servers.ts';
import type { SecuredServers } from '../support/secured/servers.ts';
import { startService } from '../support/service-process.ts';
import type { ServiceProcess } from '../support/service-process.ts';

const START_MS = 240_000;
const folder = mkdtempSync(join(tmpdir(), 'readside-secured-'));
const newPassword = (): string => randomBytes(12).toString('hex');
const kafkaUsers = Object.fromEntries(
  [BROKER, 'connect', 'projector', 'operator', 'nobody'].map((name) => [name, newPassword()] as const),
);
const logger = createLogger('tests', 'silent');

let ca: Authority;
let otherCa: Authority;
let servers: SecuredServers;
let user = '';
const services: Partial<Record<'writeApi' | 'readApi' | 'projector', ServiceProcess>> = {};

beforeAll(async () => {
  ca = await createAuthority(folder, 'authority');
  otherCa = await createAuthority(folder, 'other');
  servers = await startSecuredServers({
    dataDir: join(folder, 'data'),
    caFile: ca.caFile,
    certificate: await ca.sign('localhost', 'DNS:localhost'),
    forMongo: await ca.sign('mongo', 'IP:127.0.0.1'),
    kafkaUsers,
    connectPassword: newPassword(),
    beforeConnect: async (kafka) => {
      const rights = jsonOf(await runCli(['acls', '--json'], join(folder, 'none'))) as Record<
        string,
        KafkaRight[]
      >;
      const admin = createKafka('secured-tests', kafka, logger).admin();
      await admin.connect();
      await grantKafkaRights(admin, rights);
      await admin.disconnect();
    },
  });
}, START_MS);

afterAll(async () => {
  await Promise.all(Object.values(services).map((each) => each.stop()));
  await servers?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const writer = (): string => servers.postgresUrl('readside_writer', servers.secrets.writer);
const reader = (): string => servers.postgresUrl('readside_reader', servers.secrets.reader);
const mongoProjector = (): string => servers.mongoUrl('readside_projector', servers.secrets.mongoProjector);
const mongoReader = (): string => servers.mongoUrl('readside_reader', servers.secrets.mongoReader);
const projectorEnv = (): Readonly<Record<string, string>> => ({
  DATABASE_URL: reader(),
  MONGODB_URL: mongoProjector(),
  KAFKA_BROKERS: servers.kafkaAddress('projector'),
  CONNECT_URL: servers.connectUrl,
  NODE_EXTRA_CA_CERTS: ca.caFile,
});
const migrateEnv = (): Readonly<Record<string, string>> => ({
  ADMIN_DATABASE_URL: servers.postgresUrl('postgres', servers.secrets.postgresSuperuser),
  OWNER_PASSWORD: servers.secrets.owner,
  WRITER_PASSWORD: servers.secrets.writer,
  REPLICATOR_PASSWORD: servers.secrets.replicator,
  READER_PASSWORD: servers.secrets.reader,
});

/** A verb as an operator calls it. */
function readside(verb: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<CliResult> {
  return runCli(verb.split(' '), join(folder, 'none'), {
    NODE_EXTRA_CA_CERTS: ca.caFile,
    KAFKA_BROKERS: servers.kafkaAddress('operator'),
    CONNECT_URL: servers.connectUrl,
    MONGODB_URL: mongoProjector(),
    DATABASE_URL: reader(),
    ...env,
  });
}

test('migrate, register and the services start by configuration alone', async () => {
  expect(await readside('migrate', migrateEnv())).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(await readside('register')).toMatchObject({ code: 0, stderr: '' });
  services.writeApi = await startService('write-api', {
    DATABASE_URL: writer(),
  });
  services.readApi = await startService('read-api', {
    DATABASE_URL: reader(),
    MONGODB_URL: mongoReader(),
  });
  services.projector = await startService('projector', projectorEnv());
  await Promise.all(Object.values(services).map((each) => each.ready()));
}, 120_000);

test('a new user is read back by its token, and is what SQL says', async () => {
  const { writeApi, readApi } = services;
  const made = await fetch(`${writeApi?.url}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      email: 'grace@example.com',
      fullName: 'Grace Hopper',
    }),
  });
  expect(made.status).toBe(201);
  user = ((await made.json()) as { readonly id: string }).id;
  const read = await fetch(`${readApi?.url}/profiles/${user}`, {
    headers: {
      'consistency-token': made.headers.get('consistency-token') ?? '',
      prefer: 'wait=20',
    },
  });
  expect([read.status, read.headers.get('freshness')]).toEqual([200, expect.stringContaining('stale=?0')]);
  const source = await fetch(`${readApi?.url}/profiles/${user}?consistency=source`);
  expect(await read.json()).toEqual(await source.json());
}, 60_000);

test('a change that cannot be applied is put aside, and an operator sees and discards it', async () => {
  const producer = createKafka('secured-tests', servers.kafkaAddress(BROKER), logger).producer();
  await producer.connect();
  await producer.send({
    topic: 'profile.changes',
    messages: [{ key: user, value: 'no envelope' }],
  });
  await producer.disconnect();
  await waitFor('the letter', async () => (await readside('dlq list --json')).stdout.includes(user), {
    timeoutMs: 20_000,
  });
  expect(await readside(`dlq show ${user}`)).toMatchObject({ code: 0 });
  expect(await readside(`dlq discard --user ${user} --yes`)).toMatchObject({
    code: 0,
  });
}, 60_000);

test('the verbs of an operator work', async () => {
  const works = async (verb: string): Promise<void> => {
    const { code, stdout, stderr } = await readside(verb);
    expect({ verb, code, said: code === 0 ? '' : stdout + stderr }).toEqual({ verb, code: 0, said: '' });
  };
  await works('rebuild profile --keep-old 5m');
  await works('rollback profile');
  await Promise.all([works('check'), works('verify --all'), works(`explain ${user}`), works('register')]);
  await works('status');
}, 120_000);

describe('in Kafka', () => {
  const TOPIC = 'TOPIC_AUTHORIZATION_FAILED';
  const GROUP = 'GROUP_AUTHORIZATION_FAILED';
  const CLUSTER = 'CLUSTER_AUTHORIZATION_FAILED';
  const TRANSACTION = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
  const CHANGES = 'profile.changes';
  const LETTERS = 'profile.dead-letters';
  const TASK = 'readside-connect-readside-profile-0';

  test.each([
    ['projector', 'write a change', act.write(CHANGES), TOPIC],
    ['projector', 'write a heartbeat', act.write('readside.heartbeat.profile'), TOPIC],
    ['projector', 'read the letters', act.read(LETTERS), TOPIC],
    ['projector', 'read the configuration of the connectors', act.read('readside-connect-configs'), TOPIC],
    ['projector', 'write where the connector stands', act.write('readside-connect-offsets'), TOPIC],
    ['projector', 'write in the transactions of the connector', act.write(CHANGES, TASK), TRANSACTION],
    ['projector', 'make a topic', act.createTopic('mine'), TOPIC],
    ['projector', 'delete the changes', act.deleteTopic(CHANGES), TOPIC],
    ['projector', 'delete records', act.deleteRecords(CHANGES), TOPIC],
    ['projector', 'let the changes expire', act.alterTopic(CHANGES), TOPIC],
    ['projector', 'divide the changes anew', act.addPartitions(CHANGES), TOPIC],
    ['projector', 'join the workers', act.read(CHANGES, 'readside-connect'), GROUP],
    ['projector', 'join a group of others', act.read(CHANGES, 'others'), GROUP],
    ['projector', 'see where the workers stand', act.offsetsOf('readside-connect', CHANGES), GROUP],
    ['projector', 'delete a group of others', act.deleteGroup('others'), GROUP],
    ['projector', 'grant itself more', act.grantItself, CLUSTER],
    ['connect', 'read the letters', act.read(LETTERS, 'readside-connect'), TOPIC],
    ['connect', 'write a letter', act.write(LETTERS), TOPIC],
    ['connect', 'read the changes', act.read(CHANGES), GROUP],
    ['connect', 'delete records', act.deleteRecords(CHANGES), TOPIC],
    ['connect', 'join the projectors', act.read(CHANGES, 'readside.profile.v1'), GROUP],
    ['connect', 'see where the projectors stand', act.offsetsOf('readside.profile.v1', CHANGES), GROUP],
    ['connect', 'write in transactions of others', act.write(CHANGES, 'others'), TRANSACTION],
    ['connect', 'make a topic', act.createTopic('mine'), TOPIC],
    ['connect', 'delete the changes', act.deleteTopic(CHANGES), TOPIC],
    ['connect', 'grant itself more', act.grantItself, CLUSTER],
    ['operator', 'write a change', act.write(CHANGES), TOPIC],
    ['operator', 'delete the changes', act.deleteTopic(CHANGES), TOPIC],
    ['operator', 'make any topic', act.createTopic('mine'), TOPIC],
    ['operator', 'read the configuration of the connectors', act.read('readside-connect-configs'), TOPIC],
    ['operator', 'join the workers', act.read(CHANGES, 'readside-connect'), GROUP],
    ['operator', 'let the changes expire', act.alterTopic(CHANGES), TOPIC],
    ['operator', 'grant itself more', act.grantItself, CLUSTER],
    ['nobody', 'read the changes', act.read(CHANGES), TOPIC],
  ] as const)('%s cannot %s', async (name, _what, tried, refusal) => {
    const told: string[] = [];
    const listening = pino({ level: 'error' }, { write: (line) => void told.push(line) });
    const kafka = createKafka('secured-tests', servers.kafkaAddress(name), listening, { retries: 1 });
    const outcome = await tried(kafka).then(
      () => 'it was done',
      (error: unknown) => act.refusalIn(error, told),
    );
    expect(outcome).toBe(refusal);
  });
});

describe('in MongoDB', () => {
  const DENIED = { code: 13 };
  test.each([
    ['the projector', 'admin', { usersInfo: 1 }, mongoProjector],
    ['the projector', 'other', { insert: 'any', documents: [{}] }, mongoProjector],
    ['the projector', 'other', { find: 'any' }, mongoProjector],
    ['the projector', 'admin', { grantRolesToUser: 'readside_projector', roles: ['root'] }, mongoProjector],
    ['the projector', 'admin', { setParameter: 1, logLevel: 1 }, mongoProjector],
    ['the reader', 'readside', { insert: 'profiles', documents: [{}] }, mongoReader],
    ['the reader', 'readside', { collMod: 'profiles', validationLevel: 'off' }, mongoReader],
    ['the reader', 'other', { find: 'any' }, mongoReader],
    ['the reader', 'admin', { find: 'system.users' }, mongoReader],
  ] as const)('%s cannot, in %s: %j', async (_name, database, command, url) => {
    const client = new MongoClient(url());
    await expect(client.db(database).command(command)).rejects.toMatchObject(DENIED);
    await client.close();
  });
});

describe('in Postgres', () => {
  test.each([
    ['the reader', 'select 1 from users', reader],
    ['the reader', 'select 1 from pg_authid', reader],
    ['the writer', 'drop table users', writer],
    ['the writer', "select pg_create_logical_replication_slot('mine', 'pgoutput')", writer],
  ] as const)('%s cannot: %s', async (_name, statement, url) => {
    const client = new pg.Client({ connectionString: url() });
    await client.connect();
    await expect(client.query(statement)).rejects.toMatchObject({
      code: '42501',
    });
    await client.end();
  });
});

describe('nobody is served', () => {
  async function kafkaWith(address: string): Promise<void> {
    const admin = createKafka('secured-tests', address, logger, { retries: 0 }).admin();
    try {
      await admin.connect();
    } finally {
      await admin.disconnect();
    }
  }
  async function mongoWith(url: string): Promise<void> {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 1500 });
    try {
      await client.db().collection('profiles').findOne();
    } finally {
      await client.close();
    }
  }

  test('by Kafka without TLS', async () => {
    const address = servers.kafkaAddress('operator').replace(/\?.*/, '');
    await expect(kafkaWith(address)).rejects.toMatchObject({ name: 'KafkaJSConnectionClosedError' });
  });

  test('by Kafka without a password', async () => {
    const address = servers.kafkaAddress('operator').replace(/\/\/.*@/, '//');
    await expect(kafkaWith(address)).rejects.toMatchObject({ name: 'KafkaJSConnectionClosedError' });
  });

  test('by MongoDB without TLS', async () => {
    const url = mongoReader().replace(/&tls=.*/, '');
    await expect(mongoWith(url)).rejects.toMatchObject({ name: 'MongoServerSelectionError' });
  });

  test('by MongoDB without a password', async () => {
    await expect(mongoWith(mongoReader().replace(/\/\/.*@/, '//'))).rejects.toMatchObject({ code: 13 });
  });
});

describe('Connect answers nobody', () => {
  const paths = ['/', '/connectors', '/connectors/readside-profile/config', '/connector-plugins', '/health'];
  test.each(paths)('without a password: %s', async (path) => {
    const address = new URL(path, servers.connectUrl);
    address.username = '';
    address.password = '';
    expect(await restStatus(address, ca.caFile)).toBe(401);
  });

  test('with a wrong password', async () => {
    const address = new URL('/connectors', servers.connectUrl);
    address.password = 'wrong';
    expect(await restStatus(address, ca.caFile)).toBe(401);
  });

  test('without TLS', async () => {
    const plain = new URL('/', servers.connectUrl);
    await expect(fetch(`http://localhost:${plain.port}/`)).rejects.toThrow('fetch failed');
  });
});

describe('who is not let in is told what to do, in one line', () => {
  const AUTHORITY = /: its certificate is of an authority that is not known here; name the file/;
  const NAME = /: its certificate is of another name; use the name in the address/;
  const PASSWORD = /: it does not know this user with this password; mend them in the address$/;
  const withCa = (url: string): string => url.replace(ca.caFile, otherCa.caFile);
  const withoutTls = (url: string): string => url.replace(/\?.*/, '');
  const wrong = (url: string): string => url.replace(/:[^:@]*@/, ':wrong@');
  const cases: ReadonlyArray<readonly [string, string, () => Record<string, string | undefined>, RegExp]> = [
    ['Postgres of another authority', 'migrate', () => ({ ADMIN_DATABASE_URL: withCa(writer()) }), AUTHORITY],
    [
      'Postgres of another name',
      'migrate',
      () => ({
        ADMIN_DATABASE_URL: writer().replace('localhost', '127.0.0.1'),
      }),
      NAME,
    ],
    [
      'Postgres without TLS',
      'migrate',
      () => ({ ADMIN_DATABASE_URL: withoutTls(writer()) }),
      /: it wants TLS; say so/,
    ],
    ['Postgres with a wrong password', 'migrate', () => ({ ADMIN_DATABASE_URL: wrong(writer()) }), PASSWORD],
    [
      'MongoDB of another authority',
      'dlq list',
      () => ({ MONGODB_URL: withCa(mongoProjector()) }),
      AUTHORITY,
    ],
    ['MongoDB with a wrong password', 'dlq list', () => ({ MONGODB_URL: wrong(mongoProjector()) }), PASSWORD],
    [
      'Kafka of another authority',
      'register',
      () => ({ KAFKA_BROKERS: withCa(servers.kafkaAddress('operator')) }),
      AUTHORITY,
    ],
    [
      'Kafka with a wrong password',
      'register',
      () => ({ KAFKA_BROKERS: servers.kafkaAddress('operator', 'wrong') }),
      PASSWORD,
    ],
    [
      'Kafka without the rights',
      'register',
      () => ({ KAFKA_BROKERS: servers.kafkaAddress('nobody') }),
      /: the user may not do that; docs\/security\.md tells which rights/,
    ],
    [
      'Connect of another authority',
      'connectors status',
      () => ({ NODE_EXTRA_CA_CERTS: otherCa.caFile }),
      AUTHORITY,
    ],
    [
      'Connect with a wrong password',
      'connectors status',
      () => ({ CONNECT_URL: wrong(servers.connectUrl) }),
      PASSWORD,
    ],
  ];
  const results = new Map<string, CliResult>();
  // Those that try for a while do so beside the others.
  beforeAll(async () => {
    const queue = [...cases];
    const work = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop())
        results.set(next[0], await readside(next[1], { ...migrateEnv(), ...next[2]() }));
    };
    await Promise.all([work(), work(), work()]);
  }, 90_000);

  test.each(cases)('%s', (name, _verb, _env, line) => {
    const result = results.get(name);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result && linesOf(result)).toEqual([expect.stringMatching(line)]);
  });

  test('a projector ends, and its last line says it', async () => {
    const projector = await startService('projector', {
      ...projectorEnv(),
      KAFKA_BROKERS: servers.kafkaAddress('projector', 'wrong'),
    });
    const { code, stdout } = await projector.ended;
    const { msg } = jsonOf({
      code,
      stdout: stdout.trim().split('\n').at(-1) ?? '',
      stderr: '',
      ms: 0,
    }) as {
      readonly msg: string;
    };
    expect({ code, msg }).toEqual({
      code: 1,
      msg: expect.stringMatching(PASSWORD),
    });
  }, 30_000);

  test('a write API is not ready, and says why', async () => {
    const service = await startService('write-api', {
      DATABASE_URL: withCa(writer()),
    });
    const text = await waitFor('an answer', async () => (await fetch(`${service.url}/readyz`)).text(), {
      timeoutMs: 20_000,
    });
    await service.stop();
    expect(text).toMatch(/its certificate is of an authority that is not known here/);
  }, 30_000);
});
