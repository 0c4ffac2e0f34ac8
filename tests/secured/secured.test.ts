/**
 * The whole system as in production: every server by TLS and with a password, every identity with the least rights, services and verbs told by
 * configuration alone. And what nobody may do, tried: each refusal is the server's own.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { StatusReport } from '../../services/shared/status-report.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, linesOf } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { FORBIDDEN_IN_KAFKA, answerTo } from '../support/secured/forbidden-in-kafka.ts';
import { startSecuredSystem } from '../support/secured/secured-system.ts';
import type { SecuredSystem } from '../support/secured/secured-system.ts';
import { restStatus } from '../support/secured/answers.ts';
import { BROKER } from '../support/secured/servers.ts';
import { startService } from '../support/service-process.ts';
import type { ServiceProcess } from '../support/service-process.ts';

const START_MS = 240_000;
const logger = createLogger('tests', 'silent');

let system: SecuredSystem;
let user = '';
const services: Partial<Record<'writeApi' | 'readApi' | 'projector', ServiceProcess>> = {};

beforeAll(async () => {
  system = await startSecuredSystem();
}, START_MS);

afterAll(async () => {
  await Promise.all(Object.values(services).map((each) => each.stop()));
  await system?.stop();
}, 60_000);

test('migrate, register and the services start by configuration alone', async () => {
  expect(await system.readside('migrate', system.migrateEnv)).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(await system.readside('register')).toMatchObject({ code: 0, stderr: '' });
  services.writeApi = await startService('write-api', {
    DATABASE_URL: system.urls.writer,
  });
  services.readApi = await startService('read-api', {
    DATABASE_URL: system.urls.reader,
    MONGODB_URL: system.urls.mongoReader,
  });
  services.projector = await startService('projector', system.projectorEnv);
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
  const producer = createKafka('secured-tests', system.servers.kafkaAddress(BROKER), logger).producer();
  await producer.connect();
  await producer.send({
    topic: 'profile.changes',
    messages: [{ key: user, value: 'no envelope' }],
  });
  await producer.disconnect();
  await waitFor('the letter', async () => (await system.readside('dlq list --json')).stdout.includes(user), {
    timeoutMs: 20_000,
  });
  expect(await system.readside(`dlq show ${user}`)).toMatchObject({ code: 0 });
  expect(await system.readside(`dlq discard --user ${user} --yes`)).toMatchObject({
    code: 0,
  });
}, 60_000);

test('the verbs of an operator work', async () => {
  const works = async (verb: string): Promise<void> => {
    const { code, stdout, stderr } = await system.readside(verb);
    expect({ verb, code, said: code === 0 ? '' : stdout + stderr }).toEqual({ verb, code: 0, said: '' });
  };
  await works('rebuild profile --keep-old 5m');
  await works('rollback profile');
  await Promise.all([works('check'), works('verify --all'), works(`explain ${user}`), works('register')]);
  await works('status');
}, 120_000);

test('to look, readers and the projector’s user of Kafka are enough', async () => {
  const env = {
    MONGODB_URL: system.urls.mongoReader,
    KAFKA_BROKERS: system.servers.kafkaAddress('projector'),
  };
  const looked = await system.readside('status --json', env);
  expect(looked).toMatchObject({ code: 0, stderr: '' });
  const { projections } = jsonOf(looked) as StatusReport;
  expect(projections).toMatchObject([
    {
      lag: { events: 0 },
      documents: { live: expect.any(Number) },
      verified: { compared: expect.any(Number) },
    },
  ]);
}, 60_000);

describe('in Kafka', () => {
  test.each(FORBIDDEN_IN_KAFKA)('%s cannot %s', async (identity, _what, act, refusal) => {
    expect(await answerTo(system.servers.kafkaAddress(identity), act)).toBe(refusal);
  });
});

describe('in MongoDB', () => {
  const DENIED = { code: 13 };
  test.each([
    ['the projector', 'admin', { usersInfo: 1 }, 'mongoProjector'],
    ['the projector', 'other', { insert: 'any', documents: [{}] }, 'mongoProjector'],
    ['the projector', 'other', { find: 'any' }, 'mongoProjector'],
    ['the projector', 'admin', { grantRolesToUser: 'readside_projector', roles: ['root'] }, 'mongoProjector'],
    ['the projector', 'admin', { setParameter: 1, logLevel: 1 }, 'mongoProjector'],
    ['the reader', 'readside', { insert: 'profiles', documents: [{}] }, 'mongoReader'],
    ['the reader', 'readside', { collMod: 'profiles', validationLevel: 'off' }, 'mongoReader'],
    ['the reader', 'other', { find: 'any' }, 'mongoReader'],
    ['the reader', 'admin', { find: 'system.users' }, 'mongoReader'],
  ] as const)('%s cannot, in %s: %j', async (_name, database, command, url) => {
    const client = new MongoClient(system.urls[url]);
    await expect(client.db(database).command(command)).rejects.toMatchObject(DENIED);
    await client.close();
  });
});

describe('in Postgres', () => {
  test.each([
    ['the reader', 'select 1 from users', 'reader'],
    ['the reader', 'select 1 from pg_authid', 'reader'],
    ['the writer', 'drop table users', 'writer'],
    ['the writer', "select pg_create_logical_replication_slot('mine', 'pgoutput')", 'writer'],
  ] as const)('%s cannot: %s', async (_name, statement, url) => {
    const client = new pg.Client({ connectionString: system.urls[url] });
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
      await admin.listTopics();
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
    const address = system.servers.kafkaAddress('operator').replace(/\?.*/, '');
    await expect(kafkaWith(address)).rejects.toThrow('Closed connection');
  });

  test('by Kafka without a password', async () => {
    const address = system.servers.kafkaAddress('operator').replace(/\/\/.*@/, '//');
    await expect(kafkaWith(address)).rejects.toThrow('Closed connection');
  });

  test('by MongoDB without TLS', async () => {
    const url = system.urls.mongoReader.replace(/&tls=.*/, '');
    await expect(mongoWith(url)).rejects.toMatchObject({ name: 'MongoServerSelectionError' });
  });

  test('by MongoDB without a password', async () => {
    await expect(mongoWith(system.urls.mongoReader.replace(/\/\/.*@/, '//'))).rejects.toMatchObject({
      code: 13,
    });
  });
});

describe('Connect answers nobody', () => {
  const paths = ['/', '/connectors', '/connectors/readside-profile/config', '/connector-plugins', '/health'];
  test.each(paths)('without a password: %s', async (path) => {
    const address = new URL(path, system.servers.connectUrl);
    address.username = '';
    address.password = '';
    expect(await restStatus(address, system.caFile)).toBe(401);
  });

  test('with a wrong password', async () => {
    const address = new URL('/connectors', system.servers.connectUrl);
    address.password = 'wrong';
    expect(await restStatus(address, system.caFile)).toBe(401);
  });

  test('without TLS', async () => {
    const plain = new URL('/', system.servers.connectUrl);
    await expect(fetch(`http://localhost:${plain.port}/`)).rejects.toThrow('fetch failed');
  });
});

describe('who is not let in is told what to do, in one line', () => {
  const AUTHORITY = /: its certificate is of an authority that is not known here; name the file/;
  const NAME = /: its certificate is of another name; use the name in the address/;
  const PASSWORD = /: it does not know this user with this password; mend them in the address$/;
  const withCa = (url: string): string => url.replace(system.caFile, system.otherCaFile);
  const withoutTls = (url: string): string => url.replace(/\?.*/, '');
  const wrong = (url: string): string => url.replace(/:[^:@]*@/, ':wrong@');
  const cases: ReadonlyArray<readonly [string, string, () => Record<string, string | undefined>, RegExp]> = [
    [
      'Postgres of another authority',
      'migrate',
      () => ({ ADMIN_DATABASE_URL: withCa(system.urls.writer) }),
      AUTHORITY,
    ],
    [
      'Postgres of another name',
      'migrate',
      () => ({
        ADMIN_DATABASE_URL: system.urls.writer.replace('localhost', '127.0.0.1'),
      }),
      NAME,
    ],
    [
      'Postgres without TLS',
      'migrate',
      () => ({ ADMIN_DATABASE_URL: withoutTls(system.urls.writer) }),
      /: it wants TLS; say so/,
    ],
    [
      'Postgres with a wrong password',
      'migrate',
      () => ({ ADMIN_DATABASE_URL: wrong(system.urls.writer) }),
      PASSWORD,
    ],
    [
      'MongoDB of another authority',
      'dlq list',
      () => ({ MONGODB_URL: withCa(system.urls.mongoProjector) }),
      AUTHORITY,
    ],
    [
      'MongoDB with a wrong password',
      'dlq list',
      () => ({ MONGODB_URL: wrong(system.urls.mongoProjector) }),
      PASSWORD,
    ],
    [
      'Kafka of another authority',
      'register',
      () => ({ KAFKA_BROKERS: withCa(system.servers.kafkaAddress('operator')) }),
      AUTHORITY,
    ],
    [
      'Kafka with a wrong password',
      'register',
      () => ({ KAFKA_BROKERS: system.servers.kafkaAddress('operator', 'wrong') }),
      PASSWORD,
    ],
    [
      'Kafka without the rights',
      'register',
      () => ({ KAFKA_BROKERS: system.servers.kafkaAddress('nobody') }),
      /: the user may not do that; docs\/security\.md tells which rights/,
    ],
    [
      'Connect of another authority',
      'connectors status',
      () => ({ NODE_EXTRA_CA_CERTS: system.otherCaFile }),
      AUTHORITY,
    ],
    [
      'Connect with a wrong password',
      'connectors status',
      () => ({ CONNECT_URL: wrong(system.servers.connectUrl) }),
      PASSWORD,
    ],
  ];
  const results = new Map<string, CliResult>();
  // Those that try for a while do so beside the others.
  beforeAll(async () => {
    const queue = [...cases];
    const work = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop())
        results.set(next[0], await system.readside(next[1], { ...system.migrateEnv, ...next[2]() }));
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
      ...system.projectorEnv,
      KAFKA_BROKERS: system.servers.kafkaAddress('projector', 'wrong'),
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
      DATABASE_URL: withCa(system.urls.writer),
    });
    const text = await waitFor('an answer', async () => (await fetch(`${service.url}/readyz`)).text(), {
      timeoutMs: 20_000,
    });
    await service.stop();
    expect(text).toMatch(/its certificate is of an authority that is not known here/);
  }, 30_000);
});
