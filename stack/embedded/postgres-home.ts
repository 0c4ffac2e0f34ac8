/**
 * Which folder Postgres keeps its data in, and as whom it runs. Normally `<dataDir>/postgres` and ourselves. As root it runs as another user, who may
 * not be able to pass the folders above (a clone in /root, say): then the data goes to a system folder, and `<dataDir>/postgres.json` points there.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresPointer } from '../data-dir.ts';
import { DataDirError } from '../errors.ts';
import { writeJson } from '../json-file.ts';
import { canReach, isRoot, ownerOf, unprivilegedUser, type OsUser } from './os-user.ts';
import type { Env } from './tools.ts';

/** Root can write here, and everybody can pass through. */
export const systemDir = '/var/lib/readside';

export interface PostgresHome {
  /** Exists and belongs to `user`. */
  readonly folder: string;
  readonly user: OsUser | undefined;
}

export async function postgresHome(dataDir: string, env: Env): Promise<PostgresHome> {
  const own = join(dataDir, 'postgres');
  const pointed = postgresPointer(dataDir);
  if (!isRoot()) {
    const folder = pointed ?? own;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { folder, user: undefined };
  }
  const user = (await ownerOf(join(pointed ?? own, 'data'))) ?? (await unprivilegedUser(env));
  if (pointed !== undefined) {
    await give(pointed, user);
    if (!(await canReach(pointed, user, env)))
      throw new DataDirError(`Postgres's data in ${pointed} cannot be reached by ${user.name}`);
    return { folder: pointed, user };
  }
  const isNew = !existsSync(join(own, 'data'));
  await give(own, user);
  if (await canReach(own, user, env)) return { folder: own, user };
  if (!isNew)
    throw new DataDirError(
      `Postgres's data in ${own} cannot be reached by ${user.name}: let others pass the folders above (chmod o+x)`,
    );
  await rm(own, { recursive: true, force: true });
  return { folder: await elsewhere(dataDir, user), user };
}

async function elsewhere(dataDir: string, user: OsUser): Promise<string> {
  const home = join(systemDir, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  // Nothing points there: it is what a data folder that somebody has since removed left behind.
  await rm(home, { recursive: true, force: true });
  await mkdir(systemDir, { recursive: true });
  // Whatever root's umask says, the other user must pass.
  await chmod(systemDir, 0o755);
  await give(home, user);
  writeJson(join(dataDir, 'postgres.json'), { home });
  return home;
}

async function give(folder: string, user: OsUser): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chown(folder, user.uid, user.gid);
}
