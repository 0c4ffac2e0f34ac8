/** Finds a projection by its name in projections/, or by the path of a module whose default export it is. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigError } from './config.ts';
import type { Projection } from './projection/projection.ts';

/** .ts when run from source, .js when compiled. */
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const PROJECTIONS = new URL('../../projections/', import.meta.url);

/** @throws ConfigError when there is no such module, or it exports no projection. */
export async function loadProjection(nameOrPath: string): Promise<Projection> {
  const file = /[/\\.]/.test(nameOrPath)
    ? isAbsolute(nameOrPath)
      ? nameOrPath
      : resolve(nameOrPath)
    : fileURLToPath(new URL(`${nameOrPath}${EXTENSION}`, PROJECTIONS));
  if (!existsSync(file)) throw new ConfigError([`PROJECTION ${nameOrPath}: there is no ${file}`]);
  const { default: projection } = (await import(pathToFileURL(file).href)) as { default?: Projection };
  if (typeof projection?.evolve !== 'function') {
    throw new ConfigError([`PROJECTION ${nameOrPath}: ${file} has no projection as its default export`]);
  }
  return projection;
}

/** Every projection in projections/, by name. */
export async function loadProjections(): Promise<readonly Projection[]> {
  const files = readdirSync(PROJECTIONS).filter((name) => name.endsWith(EXTENSION));
  return Promise.all(files.toSorted().map((name) => loadProjection(basename(name, EXTENSION))));
}
