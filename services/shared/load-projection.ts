/** Finds a projection by its name in an application's projections/, or by the path of a module whose default export it is. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderOf, PROJECTIONS } from './application.ts';
import type { Application } from './application.ts';
import { CLONE_FOLDER, CODE_EXTENSION, CODE_FOLDER, compiledPath } from './code-folders.ts';
import { ConfigError } from './config.ts';
import type { Projection } from './projection/projection.ts';

/** The application's default one, where it is not named. @throws ConfigError when there is no such module, or it exports no projection. */
export async function loadProjection(
  application: Application,
  nameOrPath = application.defaultProjection,
): Promise<Projection> {
  const file = isPath(nameOrPath)
    ? resolve(nameOrPath)
    : join(folderOf(application, PROJECTIONS), `${nameOrPath}${CODE_EXTENSION}`);
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
  if (extname(file) === CODE_EXTENSION) return file;
  const code = compiledPath(CODE_FOLDER, relative(CLONE_FOLDER, file));
  if (code === null)
    throw new ConfigError([
      `PROJECTION ${file} is not among the sources that are compiled: move it to projections/`,
    ]);
  return code;
}

/** @throws ConfigError as `loadProjection` does, and when one is named twice. */
export async function loadListed(
  application: Application,
  names: readonly string[],
): Promise<readonly Projection[]> {
  const projections = await Promise.all(names.map((each) => loadProjection(application, each)));
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

/** Every projection in the application's projections/, the default one first, then by name. */
export async function loadProjections(application: Application): Promise<readonly Projection[]> {
  return Promise.all(projectionNames(application).map((name) => loadProjection(application, name)));
}

/** The default one first: it is what a verb means that is told no name. */
export function projectionNames(application: Application): readonly string[] {
  const { defaultProjection } = application;
  const files = readdirSync(folderOf(application, PROJECTIONS)).filter((name) =>
    name.endsWith(CODE_EXTENSION),
  );
  const names = files.map((name) => basename(name, CODE_EXTENSION)).toSorted();
  return [defaultProjection, ...names.filter((name) => name !== defaultProjection)];
}
