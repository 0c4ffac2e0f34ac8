/** The embedded Postgres: its cluster is made once, then it runs with logical decoding on, on loopback only. */
import { existsSync, realpathSync } from 'node:fs';
import { appendFile, chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataDirError, ServerStartError } from '../errors.ts';
import { postgresAnswers, postgresSuperuser } from '../readiness.ts';
import { postgresConf, type Properties } from '../server-settings.ts';
import { versions } from '../versions.ts';
import { waitForLeftovers } from './leftovers.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { PostgresHome } from './postgres-home.ts';
import type { ServerProcess } from './server-process.ts';
import { runTool, serverEnv, type Env } from './tools.ts';

export interface PostgresSetup {
  readonly binaries: PostgresBinaries;
  readonly home: PostgresHome;
  readonly port: number;
  readonly password: string;
  /** Over ours. */
  readonly settings?: Properties;
  readonly env: Env;
  readonly signal?: AbortSignal | undefined;
}

export async function preparePostgres(setup: PostgresSetup): Promise<ServerProcess> {
  const data = join(setup.home.folder, 'data');
  await makeCluster(setup, data);
  await checkVersion(data);
  // Included at the end of postgresql.conf; written at each start, since the port may change.
  const conf = join(data, 'readside.conf');
  await writeFile(
    conf,
    postgresConf({
      listen_addresses: '127.0.0.1',
      port: setup.port,
      unix_socket_directories: '',
      ...setup.settings,
    }),
  );
  if (setup.home.user !== undefined) await chown(conf, setup.home.user.uid, setup.home.user.gid);
  const realData = realpathSync(data);
  return {
    name: 'postgres',
    command: setup.binaries.postgres,
    args: ['-D', data],
    env: serverEnv(setup.env),
    cwd: '/',
    user: setup.home.user,
    // Fast shutdown: open transactions are rolled back. SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 15_000,
    clean: () => waitForLeftovers(realData),
    ready: (signal) => postgresAnswers(setup.port, setup.password, signal),
  };
}

/** Made under another name and renamed: a cluster that an interrupted initdb left is never started. */
async function makeCluster(
  { binaries, home, password, env, signal }: PostgresSetup,
  data: string,
): Promise<void> {
  if (existsSync(data)) return;
  const part = `${data}.part`;
  const passwordFile = join(home.folder, 'superuser-password');
  await rm(part, { recursive: true, force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (home.user !== undefined) await chown(passwordFile, home.user.uid, home.user.gid);
    const args = [
      '-D',
      part,
      '-U',
      postgresSuperuser,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      // Postgres's own C.UTF-8: the same order on every machine, whatever locales it has.
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
    ];
    const { code, output } = await runTool(binaries.initdb, args, {
      env: serverEnv(env),
      user: home.user,
      cwd: '/',
      signal,
    });
    if (code !== 0) throw new ServerStartError('postgres', `initdb failed (exit ${code}): ${output}`);
    await appendFile(join(part, 'postgresql.conf'), "\ninclude 'readside.conf'\n");
    await rename(part, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function checkVersion(data: string): Promise<void> {
  const major = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  const wanted = versions.postgres.version.split('.')[0];
  if (major !== wanted)
    throw new DataDirError(
      `${data} was made by Postgres ${major}, and this is ${wanted}: start afresh, or dump and load it`,
    );
}
