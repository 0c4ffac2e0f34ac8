/** The servers of tests/support/secured/servers.ts with our identities in them, and how each of our programs is told of them. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafka } from '../../../services/shared/kafka-client.ts';
import type { KafkaRight } from '../../../services/shared/kafka-rights.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { jsonOf, runCli } from '../cli.ts';
import type { CliResult } from '../cli.ts';
import { createAuthority } from './certificates.ts';
import { grantKafkaRights } from './grant-kafka-rights.ts';
import { BROKER, startSecuredServers } from './servers.ts';
import type { SecuredServers } from './servers.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface SecuredSystem {
  readonly servers: SecuredServers;
  readonly caFile: string;
  /** Of an authority that has signed nothing here. */
  readonly otherCaFile: string;
  /** Of each identity. */
  readonly urls: Readonly<Record<'writer' | 'reader' | 'mongoProjector' | 'mongoReader', string>>;
  readonly projectorEnv: Readonly<Record<string, string>>;
  readonly migrateEnv: Readonly<Record<string, string>>;
  /** A verb as an operator calls it. */
  readside(verb: string, env?: Env): Promise<CliResult>;
  stop(): Promise<void>;
}

export async function startSecuredSystem(): Promise<SecuredSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'readside-secured-'));
  try {
    return await start(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(folder: string): Promise<SecuredSystem> {
  const noSystem = join(folder, 'none');
  const [ca, otherCa] = await Promise.all([
    createAuthority(folder, 'authority'),
    createAuthority(folder, 'other'),
  ]);
  const servers = await startSecuredServers({
    dataDir: join(folder, 'data'),
    caFile: ca.caFile,
    certificate: await ca.sign('localhost', 'DNS:localhost'),
    forMongo: await ca.sign('mongo', 'IP:127.0.0.1'),
    kafkaUsers: Object.fromEntries(
      [BROKER, 'connect', 'projector', 'operator', 'nobody'].map((name) => [name, newPassword()] as const),
    ),
    connectPassword: newPassword(),
    beforeConnect: async (kafka) => grantWhatIsPrinted(kafka, await runCli(['acls', '--json'], noSystem)),
  });
  const { secrets, connectUrl } = servers;
  const urls = {
    writer: servers.postgresUrl('readside_writer', secrets.writer),
    reader: servers.postgresUrl('readside_reader', secrets.reader),
    mongoProjector: servers.mongoUrl('readside_projector', secrets.mongoProjector),
    mongoReader: servers.mongoUrl('readside_reader', secrets.mongoReader),
  };
  const common = {
    DATABASE_URL: urls.reader,
    MONGODB_URL: urls.mongoProjector,
    CONNECT_URL: connectUrl,
    NODE_EXTRA_CA_CERTS: ca.caFile,
  };
  return {
    servers,
    caFile: ca.caFile,
    otherCaFile: otherCa.caFile,
    urls,
    projectorEnv: { ...common, KAFKA_BROKERS: servers.kafkaAddress('projector') },
    migrateEnv: {
      ADMIN_DATABASE_URL: servers.postgresUrl('postgres', secrets.postgresSuperuser),
      OWNER_PASSWORD: secrets.owner,
      WRITER_PASSWORD: secrets.writer,
      REPLICATOR_PASSWORD: secrets.replicator,
      READER_PASSWORD: secrets.reader,
    },
    readside: (verb, env = {}) =>
      runCli(verb.split(' '), noSystem, {
        ...common,
        KAFKA_BROKERS: servers.kafkaAddress('operator'),
        ...env,
      }),
    async stop() {
      await servers.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** By the broker's own user: nobody else may. */
async function grantWhatIsPrinted(kafka: string, printed: CliResult): Promise<void> {
  const rights = jsonOf(printed) as Readonly<Record<string, readonly KafkaRight[]>>;
  const admin = createKafka('secured-tests', kafka, createLogger('tests', 'silent')).admin();
  await admin.connect();
  try {
    await grantKafkaRights(admin, rights);
  } finally {
    await admin.disconnect();
  }
}

function newPassword(): string {
  return randomBytes(12).toString('hex');
}
