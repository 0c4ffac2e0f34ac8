/** bench/results/<name>.json: the last run of each benchmark that was kept, with what must be known to judge it. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Outcome } from './outcome.ts';

export interface Result extends Outcome {
  readonly name: string;
  readonly about: string;
  /** ISO 8601, when it began. */
  readonly date: string;
  /** With a + where the files were not those of the commit. */
  readonly commit: string;
  readonly machine: Machine;
}

export function saveResult(folder: string, result: Result): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.name}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

/** By name; none where nothing was kept yet. */
export function readResults(folder: string): readonly Result[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => {
      const result = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Result;
      if (`${result.name}.json` !== basename(file))
        throw new Error(`${file} holds the result of ${result.name}`);
      return result;
    });
}
