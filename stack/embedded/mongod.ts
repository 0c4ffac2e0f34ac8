/** The embedded MongoDB: one member, but a replica set, since majority reads and writes and transactions need one. Access control is on. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackSecrets } from '../secrets.ts';
import { bringUpMongo, replicaSet } from '../mongo-setup.ts';
import { NICENESS } from '../priority.ts';
import type { ServerProcess } from './server-process.ts';
import { serverEnv, type Env } from './tools.ts';

export interface MongodSetup {
  readonly binary: string;
  readonly dataDir: string;
  readonly port: number;
  readonly secrets: StackSecrets;
  readonly env: Env;
}

export async function prepareMongod(setup: MongodSetup): Promise<ServerProcess> {
  const folder = join(setup.dataDir, 'mongo');
  const data = join(folder, 'data');
  const keyFile = join(folder, 'member.key');
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(keyFile, setup.secrets.mongoKey, { mode: 0o600 });
  return {
    name: 'mongod',
    command: setup.binary,
    args: [
      '--dbpath',
      data,
      '--port',
      String(setup.port),
      '--bind_ip',
      '127.0.0.1',
      '--nounixsocket',
      '--replSet',
      replicaSet,
      '--auth',
      '--keyFile',
      keyFile,
      '--wiredTigerCacheSizeGB',
      '0.5',
      '--oplogSize',
      '512',
      // Not a line for each connection.
      '--quiet',
      // Writes a file every second that only MongoDB's support can read.
      '--setParameter',
      'diagnosticDataCollectionEnabled=false',
    ],
    env: serverEnv(setup.env),
    cwd: folder,
    niceness: NICENESS.store,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
    ready: (signal) => bringUpMongo(setup, signal),
  };
}
