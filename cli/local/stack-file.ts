/** `.readside/stack.json`: where a running local system is, for people, scripts and the other verbs (contract, design §2). */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../../stack/json-file.ts';
import type { StackEndpoints } from '../../stack/stack.ts';
import type { PageName } from './pages.ts';
import type { LocalProjector } from './projectors.ts';

export type ProcessName = 'postgres' | 'mongod' | 'kafka' | 'connect' | 'projector' | 'writeApi' | 'readApi';

export interface StackFile extends StackEndpoints {
  /** What `--example` takes for the application that runs. */
  readonly application: string;
  readonly writeApiUrl: string;
  readonly readApiUrl: string;
  /** null: it was started without. */
  readonly consoleUrl: string | null;
  readonly profilePageUrl: string | null;
  /** For a day after the start, of everything; null: the services let everybody in. */
  readonly token: string | null;
  /** Of the first read model, as is `pids.projector`. */
  readonly projectorUrl: string;
  /** By the name of the projection. */
  readonly projectors: Readonly<Record<string, LocalProjector>>;
  /** null while a process is between two lives, or runs in a container; of the pages, and of the traffic, what it was started with. */
  readonly pids: Readonly<
    Record<ProcessName, number | null> & Partial<Record<PageName | 'traffic', number | null>>
  >;
}

/** Holds passwords, so it is readable by its owner only. */
export function writeStackFile(dataDir: string, content: StackFile): void {
  writeJson(pathOf(dataDir), content, 0o600);
}

export function removeStackFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/** undefined when no local system runs. */
export function readStackFile(dataDir: string): StackFile | undefined {
  return readJson(pathOf(dataDir)) as StackFile | undefined;
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'stack.json');
}
