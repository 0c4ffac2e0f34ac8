/** Whose data lies in a data folder: also while nothing runs, another application must not be started in it. */
import { join } from 'node:path';
import { readJson, writeJson } from '../../stack/json-file.ts';

function pathOf(dataDir: string): string {
  return join(dataDir, 'application.json');
}

/** What `--example` takes for it; undefined: nothing was started there yet. */
export function dataOf(dataDir: string): string | undefined {
  const noted = readJson(pathOf(dataDir)) as { readonly application?: string } | undefined;
  return noted?.application;
}

export function noteDataOf(dataDir: string, application: string): void {
  writeJson(pathOf(dataDir), { application });
}
