/** Finds a projection by its name in projections/, or by the path of a module whose default export it is. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLONE_FOLDER, CODE_FOLDER, compiledPath, RUNS_FROM_SOURCE } from './code-folders.ts';
import { DEFAULT_PROJECTION } from './config-fields.ts';
import { ConfigError } from './config.ts';
import type { Projection } from './projection/projection.ts';

const EXTENSION = RUNS_FROM_SOURCE ? '.ts' : '.js';
const PROJECTIONS = join(CODE_FOLDER, 'projections');

/** @throws ConfigError when there is no such module, or it exports no projection. */
export async function loadProjection(nameOrPath = DEFAULT_PROJECTION): Promise<Projection> {
  const file = isPath(nameOrPath) ? resolve(nameOrPath) : join(PROJECTIONS, `${nameOrPath}${EXTENSION}`);
  if (!existsSync(file)) throw new ConfigError([`PROJECTION ${nameOrPath}: there is no ${file}`]);
  const { default: projection } = (await import(pathToFileURL(codeOf(file)).href)) as {
    default?: Projection;
  };
  if (typeof projection?.evolve !== 'function') {
    throw new ConfigError([`PROJECTION ${nameOrPath}: ${file} has no projection as its default export`]);
  }
  return projection;
}

/** The same in whatever folder it is read: a name as it is, a path from the root. */
export function settledName(nameOrPath: string): string {
  return isPath(nameOrPath) ? resolve(nameOrPath) : nameOrPath;
}

function isPath(nameOrPath: string): boolean {
  return /[/\\.]/.test(nameOrPath);
}

/** What a source file was compiled to, where compiled code runs: two copies of the language would not know each other's values. */
function codeOf(file: string): string {
  if (extname(file) === EXTENSION) return file;
  const code = compiledPath(CODE_FOLDER, relative(CLONE_FOLDER, file));
  if (code === null)
    throw new ConfigError([
      `PROJECTION ${file} is not among the sources that are compiled: move it to projections/`,
    ]);
  return code;
}

/** @throws ConfigError as `loadProjection` does, and when one is named twice. */
export async function loadListed(names: readonly string[]): Promise<readonly Projection[]> {
  const projections = await Promise.all(names.map((each) => loadProjection(each)));
  const twice = projections.find(
    ({ name }, at) => projections.findIndex((each) => each.name === name) !== at,
  );
  if (twice) throw new ConfigError([`PROJECTION ${names.join(',')}: ${twice.name} is named twice`]);
  return projections;
}

/** As they are listed in a variable or an option, with commas between. */
export function listedNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

/** Every projection in projections/, the default one first, then by name. */
export async function loadProjections(): Promise<readonly Projection[]> {
  return Promise.all(projectionNames().map((name) => loadProjection(name)));
}

/** The default one first: it is what a verb means that is told no name. */
export function projectionNames(): readonly string[] {
  const files = readdirSync(PROJECTIONS).filter((name) => name.endsWith(EXTENSION));
  const names = files.map((name) => basename(name, EXTENSION)).toSorted();
  return [DEFAULT_PROJECTION, ...names.filter((name) => name !== DEFAULT_PROJECTION)];
}
