/**
 * The embedded servers as a production has them: TLS by an authority of our own, a password for whoever comes, and nothing allowed that was
 * not granted. Kafka and Connect by docker/connect/secured.properties and start.sh; what differs is put over stack/embedded's own settings.
 */
import { chownSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir, wipeData } from '../../../stack/data-dir.ts';
import { prepareConnect } from '../../../stack/embedded/connect.ts';
import { install } from '../../../stack/embedded/install.ts';
import type { Installed } from '../../../stack/embedded/install.ts';
import { prepareKafka } from '../../../stack/embedded/kafka.ts';
import { prepareMongod } from '../../../stack/embedded/mongod.ts';
import { preparePostgres } from '../../../stack/embedded/postgres.ts';
import type { ServerProcess } from '../../../stack/embedded/server-process.ts';
import { bringUpMongo, mongoDatabase, replicaSet } from '../../../stack/mongo-setup.ts';
import { chooseStackPorts } from '../../../stack/ports.ts';
import { postgresDatabase } from '../../../stack/readiness.ts';
import { runDirOf } from '../../../stack/run-records.ts';
import { loadSecrets } from '../../../stack/secrets.ts';
import type { StackSecrets } from '../../../stack/secrets.ts';
import { dockerFolder, parseProperties } from '../../../stack/server-settings.ts';
import type { Properties } from '../../../stack/server-settings.ts';
import { supervise } from '../../../stack/supervisor.ts';
import type { Supervised } from '../../../stack/supervisor.ts';
import { connectAnswers, kafkaAnswers, postgresAnswers } from './answers.ts';
import { KEYSTORE_PASSWORD } from './certificates.ts';
import type { ServerCertificate } from './certificates.ts';
import { withRestPassword } from './rest-password.ts';

/** The broker's own, which may do everything; the others are of services/shared/kafka-rights.ts. */
export const BROKER = 'broker';

export interface SecuredOptions {
  readonly dataDir: string;
  readonly caFile: string;
  /** For localhost; `forMongo`: for 127.0.0.1, as stack/mongo-setup.ts calls its member. */
  readonly certificate: ServerCertificate;
  readonly forMongo: ServerCertificate;
  /** Kafka's passwords by name. */
  readonly kafkaUsers: Readonly<Record<string, string>>;
  readonly connectPassword: string;
  /** Kafka is there, and the worker is not yet, which needs its rights at once. */
  readonly beforeConnect: (kafka: string) => Promise<void>;
}

export interface SecuredServers {
  readonly secrets: StackSecrets;
  readonly ports: Readonly<Record<'postgres' | 'mongod' | 'kafka' | 'connect', number>>;
  postgresUrl(user: string, password: string): string;
  mongoUrl(user: string, password: string): string;
  kafkaAddress(user: string, password?: string): string;
  readonly connectUrl: string;
  stop(): Promise<void>;
}

export async function startSecuredServers(options: SecuredOptions): Promise<SecuredServers> {
  const { dataDir, caFile, kafkaUsers } = options;
  const lock = lockDataDir(dataDir);
  const running: Supervised[] = [];
  const start = async (server: ServerProcess): Promise<void> => {
    const logFile = join(dataDir, 'logs', `${server.name}.log`);
    const supervised = supervise({ ...server, runDir: runDirOf(dataDir), logFile, onEvent: () => undefined });
    running.push(supervised);
    await supervised.ready;
  };
  const stop = async (): Promise<void> => {
    for (const server of running.splice(0).toReversed()) await server.stop();
    // Postgres's data may be elsewhere.
    wipeData(dataDir);
    lock.release();
  };
  try {
    const env = process.env;
    const secrets = loadSecrets(dataDir, false);
    const installed = await install({ dataDir, env, onEvent: () => undefined });
    const ports = await chooseStackPorts(dataDir, 'ephemeral', () => undefined);
    const ca = `sslmode=verify-full&sslrootcert=${caFile}`;
    const servers: Omit<SecuredServers, 'stop'> = {
      secrets,
      ports,
      postgresUrl: (user, password) =>
        `postgres://${user}:${password}@localhost:${ports.postgres}/${postgresDatabase}?${ca}`,
      mongoUrl: (user, password) =>
        `mongodb://${user}:${password}@127.0.0.1:${ports.mongod}/${mongoDatabase}` +
        `?authSource=admin&replicaSet=${replicaSet}&tls=true&tlsCAFile=${caFile}`,
      kafkaAddress: (user, password = kafkaUsers[user]) =>
        `kafka://${user}:${password}@localhost:${ports.kafka}?tls=true&caFile=${caFile}`,
      connectUrl: `https://readside:${options.connectPassword}@localhost:${ports.connect}`,
    };
    const java = { java: installed.java, libraries: installed.libraries, env };
    await Promise.all([
      start(await postgres(options, servers, installed.postgres)),
      start(await mongod(options, servers, installed.mongod)),
      prepareKafka({
        ...java,
        dataDir,
        port: ports.kafka,
        controllerPort: ports.kafkaController,
        users: kafkaUsers,
        settings: kafkaSettings(options, ports),
      }).then((server) => start({ ...server, ready: () => kafkaAnswers(servers.kafkaAddress(BROKER)) })),
    ]);
    await options.beforeConnect(servers.kafkaAddress(BROKER));
    const worker = await prepareConnect({
      ...java,
      dataDir,
      port: ports.connect,
      kafkaBrokers: `localhost:${ports.kafka}`,
      settings: workerSettings(ports),
      source: {
        READSIDE_PG_HOST: 'localhost',
        READSIDE_PG_PORT: String(ports.postgres),
        READSIDE_PG_DATABASE: postgresDatabase,
        READSIDE_PG_REPLICATOR_USER: 'readside_replicator',
        READSIDE_PG_REPLICATOR_PASSWORD: secrets.replicator,
        READSIDE_PG_SSLMODE: 'verify-full',
        READSIDE_PG_SSLROOTCERT: caFile,
      },
    });
    const secured = {
      ...worker,
      env: {
        ...worker.env,
        READSIDE_KAFKA_USER: 'connect',
        READSIDE_KAFKA_PASSWORD: kafkaUsers['connect'],
        READSIDE_CA_FILE: caFile,
        READSIDE_REST_KEYSTORE: options.certificate.keystoreFile,
        READSIDE_REST_KEYSTORE_PASSWORD: KEYSTORE_PASSWORD,
      },
      ready: (signal: AbortSignal) => connectAnswers(servers.connectUrl, caFile, signal),
    };
    const credentials = { user: 'readside', password: options.connectPassword };
    await start(await withRestPassword(secured, join(dataDir, 'kafka'), credentials));
    return { ...servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function postgres(
  { certificate }: SecuredOptions,
  { ports, secrets, postgresUrl }: Omit<SecuredServers, 'stop'>,
  { binaries, home }: Installed['postgres'],
): Promise<ServerProcess> {
  // It must own its key; and as root we run it as another.
  const own = (name: string, write: (path: string) => void): string => {
    const path = join(home.folder, name);
    write(path);
    if (home.user !== undefined) chownSync(path, home.user.uid, home.user.gid);
    return path;
  };
  const settings = {
    ssl: 'on',
    ssl_cert_file: own('server.crt', (path) => copyFileSync(certificate.certFile, path)),
    ssl_key_file: own('server.key', (path) =>
      writeFileSync(path, readFileSync(certificate.keyFile), { mode: 0o600 }),
    ),
    hba_file: own('pg_hba.conf', (path) =>
      writeFileSync(path, 'hostssl all all 127.0.0.1/32 scram-sha-256\n'),
    ),
  };
  const password = secrets.postgresSuperuser;
  const server = await preparePostgres({
    binaries,
    home,
    port: ports.postgres,
    password,
    settings,
    env: process.env,
  });
  const url = new URL(postgresUrl('postgres', password));
  url.pathname = '/postgres';
  return { ...server, ready: (signal) => postgresAnswers(url.href, signal) };
}

async function mongod(
  { dataDir, caFile, forMongo }: SecuredOptions,
  { ports, secrets }: Omit<SecuredServers, 'stop'>,
  binary: string,
): Promise<ServerProcess> {
  const server = await prepareMongod({ binary, dataDir, port: ports.mongod, secrets, env: process.env });
  return {
    ...server,
    args: [
      ...server.args,
      '--tlsMode=requireTLS',
      `--tlsCertificateKeyFile=${forMongo.bundleFile}`,
      `--tlsCAFile=${caFile}`,
      // A password says who it is.
      '--tlsAllowConnectionsWithoutCertificates',
    ],
    ready: (signal) =>
      bringUpMongo({ port: ports.mongod, secrets, tls: { tls: true, tlsCAFile: caFile } }, signal),
  };
}

function kafkaSettings(
  { caFile, certificate, kafkaUsers }: SecuredOptions,
  ports: Readonly<Record<'kafka' | 'kafkaController', number>>,
): Properties {
  const broker = `required username="${BROKER}" password="${kafkaUsers[BROKER]}"`;
  return {
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,CONTROLLER:SASL_SSL',
    listeners: `CLIENTS://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.kafkaController}`,
    'advertised.listeners': `CLIENTS://localhost:${ports.kafka}`,
    'controller.quorum.voters': `1@localhost:${ports.kafkaController}`,
    'inter.broker.listener.name': 'CLIENTS',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule ${broker};`,
    // The controller's log holds the SCRAM users, so that it cannot itself be reached by them.
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule ${broker} user_${BROKER}="${kafkaUsers[BROKER]}";`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificate.bundleFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': `User:${BROKER}`,
  };
}

function workerSettings(ports: Readonly<Record<'kafka' | 'connect', number>>): Properties {
  return {
    ...parseProperties(readFileSync(join(dockerFolder, 'connect/secured.properties'), 'utf8')),
    'bootstrap.servers': `localhost:${ports.kafka}`,
    listeners: `https://localhost:${ports.connect}`,
    'rest.advertised.host.name': 'localhost',
  };
}
