/** The jars of Kafka and Connect and the Debezium plugin, fetched by Maven and checked against the pinned checksums. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InstallError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { versions } from '../versions.ts';
import type { CacheEntry } from './cache.ts';
import { parseChecksums, verifySha256 } from './checksums.ts';
import { runTool, type Env } from './tools.ts';

const pom = fileURLToPath(new URL('./pom.xml', import.meta.url));
const jarList = fileURLToPath(new URL('./jars.sha256', import.meta.url));

export interface FillOptions {
  readonly env: Env;
  readonly onEvent: OnEvent;
  readonly signal?: AbortSignal | undefined;
}

/** The entry's folder holds `libs/*.jar` and `plugins/debezium-connector-postgres/*.jar`. */
export function javaLibraries(options: FillOptions): CacheEntry {
  const jars = readFileSync(jarList, 'utf8');
  const key = createHash('sha256').update(jars).update(versions.debezium.sha256).digest('hex').slice(0, 12);
  return {
    name: `kafka-${versions.kafka.version}`,
    key,
    fill: (folder) => fill(folder, parseChecksums(jars), options),
  };
}

async function fill(folder: string, jars: ReadonlyMap<string, string>, options: FillOptions): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'readside-maven-'));
  try {
    // Maven may write beside the pom that it reads; the clone may be read-only.
    await copyFile(pom, join(work, 'pom.xml'));
    await runMaven(work, options);
    await verifyJars(join(work, 'out', 'libs'), jars);
    const plugin = join(
      work,
      'out',
      `debezium-connector-postgres-${versions.debezium.version}-plugin.tar.gz`,
    );
    await verifySha256(plugin, versions.debezium.sha256);
    await mkdir(join(folder, 'libs'));
    for (const jar of jars.keys()) await copyFile(join(work, 'out', 'libs', jar), join(folder, 'libs', jar));
    await unpack(plugin, join(folder, 'plugins'), options);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runMaven(work: string, { env, onEvent, signal }: FillOptions): Promise<void> {
  let received = 0;
  const args = [
    '--batch-mode',
    '-f',
    join(work, 'pom.xml'),
    `-Dkafka.version=${versions.kafka.version}`,
    `-Ddebezium.version=${versions.debezium.version}`,
    `-Dslf4j.version=${versions.slf4j.version}`,
    `-Dreadside.out=${join(work, 'out')}`,
    'generate-resources',
  ];
  const { code, output } = await runTool('mvn', args, {
    env,
    cwd: work,
    signal,
    onLine: (line) => {
      const bytes = downloadedBytes(line);
      if (bytes === undefined) return;
      received += bytes;
      onEvent({ type: 'download', name: 'kafka and debezium', received });
    },
  });
  if (code === 0) return;
  const reason =
    output.split('\n').find((line) => line.includes('[ERROR]')) ?? output.split('\n').at(-1) ?? '';
  throw new InstallError(
    `mvn could not fetch Kafka and Debezium (exit ${code}): ${reason.replace('[ERROR]', '').trim()}`,
  );
}

/** `Downloaded from …: <url> (5.3 MB at 6.2 MB/s)` → 5,300,000; undefined for any other line. */
export function downloadedBytes(line: string): number | undefined {
  const match = /^(?:\[INFO\] )?Downloaded from .* \(([\d.]+) (B|kB|MB|GB) at /.exec(line);
  if (match === null) return undefined;
  const unit = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[match[2] ?? ''] ?? 1;
  return Math.round(Number(match[1]) * unit);
}

async function verifyJars(folder: string, expected: ReadonlyMap<string, string>): Promise<void> {
  const found = new Set(await readdir(folder));
  const unexpected = [...found].filter((name) => !expected.has(name));
  if (unexpected.length > 0)
    throw new InstallError(`Maven brought jars that are not pinned in jars.sha256: ${unexpected.join(', ')}`);
  for (const [name, checksum] of expected) {
    if (!found.has(name)) throw new InstallError(`Maven did not bring ${name}, which jars.sha256 lists`);
    await verifySha256(join(folder, name), checksum);
  }
}

async function unpack(archive: string, folder: string, { env, signal }: FillOptions): Promise<void> {
  await mkdir(folder);
  const { code, output } = await runTool('tar', ['-xzf', archive, '-C', folder, '--no-same-owner'], {
    env,
    signal,
  });
  if (code !== 0) throw new InstallError(`tar could not unpack the Debezium plugin: ${output}`);
}
