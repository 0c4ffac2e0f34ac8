/** Postgres refuses to run as root. When we are root it gets an OS user of its own: `readside` or `postgres` if there is one, else `readside` is made. */
import { stat } from 'node:fs/promises';
import { codeOf, PrerequisiteError } from '../errors.ts';
import { runTool, which, type Env } from './tools.ts';

export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export async function unprivilegedUser(env: Env): Promise<OsUser> {
  return (
    (await lookUp('readside', env)) ?? (await lookUp('postgres', env)) ?? (await create('readside', env))
  );
}

async function lookUp(name: string, env: Env): Promise<OsUser | undefined> {
  const [uid, gid] = await Promise.all([
    runTool('id', ['-u', name], { env }),
    runTool('id', ['-g', name], { env }),
  ]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { name, uid: Number(uid.output), gid: Number(gid.output) };
}

async function create(name: string, env: Env): Promise<OsUser> {
  const next = `create a user for it, for example: useradd --system ${name}`;
  if (which('useradd', env) === undefined)
    throw new PrerequisiteError([`Postgres does not run as root, and there is no useradd here: ${next}`]);
  const args = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    name,
  ];
  const { code, output } = await runTool('useradd', args, { env });
  const user = await lookUp(name, env);
  // Two first starts at once: one of them finds the user made.
  if (user === undefined)
    throw new PrerequisiteError([
      `Postgres does not run as root, and useradd failed (${code}, ${output}): ${next}`,
    ]);
  return user;
}

/** The user that owns the data already there; undefined when there is none, or when it is root's. */
export async function ownerOf(path: string): Promise<OsUser | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return uid === 0 ? undefined : { name: `user ${uid}`, uid, gid };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tried as that user, since modes, access lists and mounts all have a say. */
export async function canReach(path: string, user: OsUser, env: Env): Promise<boolean> {
  const { code } = await runTool('/bin/sh', ['-c', 'cd "$1"', 'sh', path], { env, user, cwd: '/' });
  return code === 0;
}
