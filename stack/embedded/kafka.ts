/** The embedded Kafka: broker and controller in one process (KRaft), on loopback. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerStartError } from '../errors.ts';
import { kafkaProperties, type Properties } from '../server-settings.ts';
import { kafkaAnswers } from '../readiness.ts';
import { classArchive } from './class-archive.ts';
import { javaArgs, type JavaSetup } from './java-args.ts';
import type { ServerProcess } from './server-process.ts';
import { runTool, serverEnv } from './tools.ts';

export interface KafkaSetup extends JavaSetup {
  readonly dataDir: string;
  readonly port: number;
  readonly controllerPort: number;
  /** For its JVM; by default 768m. */
  readonly heap?: string;
  /** Of one node among several: the id of their cluster. */
  readonly clusterId?: string;
  /** Over ours. */
  readonly settings?: Properties;
  /** Passwords by name, of users that the storage is made with (SCRAM-SHA-512): the broker itself may be one, and nobody could make it later. */
  readonly users?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export async function prepareKafka(setup: KafkaSetup): Promise<ServerProcess> {
  const folder = join(setup.dataDir, 'kafka');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, 'server.properties');
  const data = join(folder, 'data');
  await format(setup, folder, data);
  await writeFile(config, settings(setup, data));
  const archive = classArchive(setup.java, setup.libraries, 'kafka');
  return {
    name: 'kafka',
    command: setup.java.command,
    args: [...javaArgs(setup, { archive, heap: setup.heap ?? '768m', log: 'warn' }), 'kafka.Kafka', config],
    env: serverEnv(setup.env),
    cwd: folder,
    stopTimeoutMs: 20_000,
    afterGracefulStop: archive.keep,
    ready: (signal) => kafkaAnswers(setup.port, signal),
  };
}

function settings({ port, controllerPort, settings: own }: KafkaSetup, data: string): string {
  return kafkaProperties({
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': data,
    ...own,
  });
}

/** Formatted under another name and renamed, so that an interrupted run leaves none that looks formatted. */
async function format(setup: KafkaSetup, folder: string, data: string): Promise<void> {
  if (existsSync(data)) return;
  const part = join(folder, 'data.part');
  const config = join(folder, 'format.properties');
  await rm(part, { recursive: true, force: true });
  await writeFile(config, settings(setup, part));
  const clusterId = setup.clusterId ?? newClusterId();
  const args = [
    ...javaArgs(setup, { heap: '128m', log: 'warn' }),
    'kafka.tools.StorageTool',
    'format',
    // As one word: an id may begin with a dash, and would be taken for an option.
    `--cluster-id=${clusterId}`,
    '-c',
    config,
    ...Object.entries(setup.users ?? {}).flatMap(([name, password]) => [
      '--add-scram',
      `SCRAM-SHA-512=[name=${name},password=${password}]`,
    ]),
  ];
  const { code, output } = await runTool(setup.java.command, args, {
    env: serverEnv(setup.env),
    signal: setup.signal,
  });
  if (code !== 0) throw new ServerStartError('kafka', `its storage could not be formatted: ${output}`);
  await rename(part, data);
  await rm(config, { force: true });
}

export function newClusterId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
}
