/** The embedded Kafka Connect worker with the Debezium plugin: distributed mode with one worker, exactly-once for sources. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAnswers } from '../readiness.ts';
import { connectProperties, type Properties } from '../server-settings.ts';
import { classArchive } from './class-archive.ts';
import { javaArgs, type JavaSetup } from './java-args.ts';
import type { ServerProcess } from './server-process.ts';
import { serverEnv } from './tools.ts';

export interface ConnectSetup extends JavaSetup {
  readonly dataDir: string;
  readonly port: number;
  /** `host:port`, with commas between. */
  readonly kafkaBrokers: string;
  /** For its JVM; by default 1g. */
  readonly heap?: string;
  /** What connector configurations refer to as `${env:READSIDE_PG_…}`. */
  readonly source: Readonly<Record<`READSIDE_PG_${string}`, string>>;
  /** Over ours. */
  readonly settings?: Properties;
}

/** They print every setting of every client and every plugin found. */
const quiet = [
  'org.apache.kafka.clients',
  'org.apache.kafka.common',
  'org.apache.kafka.connect.runtime.isolation',
  'org.eclipse.jetty',
];

/** As docker/connect/start.sh: Connect takes a name that is not in its environment as it is written. */
const PLAIN_SOURCE = { READSIDE_PG_SSLMODE: 'prefer', READSIDE_PG_SSLROOTCERT: '' };

export async function prepareConnect(setup: ConnectSetup): Promise<ServerProcess> {
  const folder = join(setup.dataDir, 'kafka');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, 'connect.properties');
  const settings = connectProperties({
    'bootstrap.servers': setup.kafkaBrokers,
    listeners: `http://127.0.0.1:${setup.port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'rest.advertised.port': setup.port,
    'plugin.path': join(setup.libraries, 'plugins'),
    ...furtherPlugins(setup),
    ...setup.settings,
  });
  await writeFile(config, settings);
  const archive = classArchive(setup.java, setup.libraries, 'connect');
  return {
    name: 'connect',
    command: setup.java.command,
    args: [
      ...javaArgs(setup, { archive, heap: setup.heap ?? '1g', log: 'info', quiet }),
      'org.apache.kafka.connect.cli.ConnectDistributed',
      config,
    ],
    env: serverEnv(setup.env, { ...PLAIN_SOURCE, ...setup.source }),
    cwd: folder,
    stopTimeoutMs: 15_000,
    afterGracefulStop: archive.keep,
    ready: (signal) => connectAnswers(setup.port, signal),
  };
}

/** READSIDE_CONNECT_PLUGINS: a folder of other connectors, which may be too old to say by themselves what they are. */
function furtherPlugins({ env, libraries }: ConnectSetup): Record<string, string> {
  const folder = env['READSIDE_CONNECT_PLUGINS'];
  if (folder === undefined || folder === '') return {};
  return { 'plugin.path': `${join(libraries, 'plugins')},${folder}`, 'plugin.discovery': 'hybrid_warn' };
}
