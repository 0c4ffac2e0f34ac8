/** The files of a new read model, written where none was: all of them or none. */
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson, writeJson } from '../../stack/json-file.ts';
import { CliError, EXIT } from '../exit.ts';

export interface NewFile {
  /** From the clone's folder. */
  readonly path: string;
  readonly text: string;
}

/** @throws CliError (usage) that names the files that are there already. */
export function writeFiles(root: string, files: readonly NewFile[]): void {
  const there = files.filter(({ path }) => existsSync(join(root, path)));
  if (there.length > 0)
    throw new CliError(
      EXIT.usage,
      `nothing was written, for there is ${there.map(({ path }) => path).join(' and ')}: take another name, or move it away`,
    );
  const made: string[] = [];
  try {
    for (const { path, text } of files) {
      const full = join(root, path);
      const folder = mkdirSync(dirname(full), { recursive: true });
      if (folder !== undefined) made.push(folder);
      const file = openSync(full, 'wx');
      made.push(full);
      try {
        writeFileSync(file, text);
      } finally {
        closeSync(file);
      }
    }
  } catch (error) {
    for (const each of made) rmSync(each, { recursive: true, force: true });
    throw error;
  }
}

interface SidebarGroup {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly page: string }[];
}

const SIDEBAR = join('docs', 'site', 'sidebar.json');
const GROUP = 'Read models';

/** The docs list every page of theirs. `page`: from docs/. */
export function addToSidebar(root: string, text: string, page: string): void {
  const path = join(root, SIDEBAR);
  const groups = readJson(path) as readonly SidebarGroup[] | undefined;
  if (groups === undefined) return;
  const item = { text, page };
  const isThere = groups.some((each) => each.text === GROUP);
  writeJson(
    path,
    isThere
      ? groups.map((each) => (each.text === GROUP ? { ...each, items: [...each.items, item] } : each))
      : [...groups, { text: GROUP, items: [item] }],
  );
}
