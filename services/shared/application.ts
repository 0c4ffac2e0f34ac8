/**
 * An application: what is synced and the programs that write it, in one folder (docs/decisions/0033-an-application-is-a-folder.md). The clone
 * is one itself, whose write API lies among the services; the others are in examples/, or wherever a path says.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLONE_FOLDER, CODE_EXTENSION, CODE_FOLDER } from './code-folders.ts';
import { ConfigError } from './config.ts';

/** The default export of an application's app.ts: what its folder does not say. */
export interface ApplicationDefinition {
  /** That of its folder, but for the clone's. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** What a verb means that is told no read model. */
  readonly defaultProjection: string;
  /** What a local system runs that is told no read models; left out: all in projections/. */
  readonly projections?: readonly string[];
  /** Paths of the read API, with a slash before them, that are shown after the start. */
  readonly try: readonly string[];
  /** Path of the write API whose `DELETE <path>/{id}?erase=true` erases a person; left out: it holds nobody. */
  readonly erases?: string;
}

export interface Application extends ApplicationDefinition {
  /** What `--example` and READSIDE_EXAMPLE take for it, in whatever folder they are read. */
  readonly choice: string;
  /** From the clone's folder, with a slash behind it; empty: the clone itself. */
  readonly folder: string;
  /** Source file of its write API, from the clone's folder. */
  readonly writeApi: string;
  /** The same of what makes its live traffic; null: it has none. */
  readonly traffic: string | null;
}

export const PROJECTIONS = 'projections';
export const MIGRATIONS = 'migrations';
const EXAMPLES = 'examples';

/** `choice`: a name, or the path of a folder; the clone's own where it is left out. @throws ConfigError when there is none. */
export async function loadApplication(choice?: string): Promise<Application> {
  const own = await load('', undefined);
  if (choice === undefined || choice === own.name) return own;
  const isPath = /[/\\.]/.test(choice);
  const folder = isPath ? relative(CLONE_FOLDER, resolve(choice)) : join(EXAMPLES, choice);
  if (isAbsolute(folder) || folder.startsWith('..') || !isApplication(folder))
    throw new ConfigError([
      `there is no application ${choice}; there is ${[own.name, ...exampleNames()].join(', ')}`,
    ]);
  return load(`${folder}/`, isPath ? resolve(choice) : choice);
}

/** Where its code or data lies that is loaded at run time: that of projections, or of migrations. Absolute. */
export function folderOf({ folder }: Pick<Application, 'folder'>, name: string): string {
  return join(CODE_FOLDER, folder, name);
}

function exampleNames(): readonly string[] {
  const folder = join(CODE_FOLDER, EXAMPLES);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => isApplication(join(EXAMPLES, name)))
    .toSorted();
}

function isApplication(folder: string): boolean {
  return hasCode(join(folder, 'projections')) && hasCode(join(folder, `app${CODE_EXTENSION}`));
}

function hasCode(path: string): boolean {
  return existsSync(join(CODE_FOLDER, path));
}

async function load(folder: string, choice: string | undefined): Promise<Application> {
  const file = join(CODE_FOLDER, folder, `app${CODE_EXTENSION}`);
  const { default: definition } = (await import(pathToFileURL(file).href)) as {
    readonly default: ApplicationDefinition;
  };
  if (folder !== '' && definition.name !== basename(folder))
    throw new ConfigError([`${folder}app.ts names ${definition.name}: it must have its folder's name`]);
  return {
    ...definition,
    choice: choice ?? definition.name,
    folder,
    writeApi: folder === '' ? 'services/write-api/server.ts' : `${folder}write-api/server.ts`,
    traffic: hasCode(join(folder, `traffic${CODE_EXTENSION}`)) ? `${folder}traffic.ts` : null,
  };
}
