/**
 * The projectors of a local run: a process for each read model, started and stopped on its own while the system is up, by
 * `readside projections start | stop`. What is to be stopped stands in a file of the data folder, so that the next run keeps to it.
 */
import { join } from 'node:path';
import { messageOf } from '../../stack/errors.ts';
import { readJson, writeJson } from '../../stack/json-file.ts';
import type { Supervised } from '../../stack/supervisor.ts';
import { startProjector } from './services.ts';
import type { ServicesOptions } from './services.ts';

/** A read model of the run. */
export interface ReadModel {
  /** Of the projection. */
  readonly name: string;
  /** The same, or the path of its module. */
  readonly projection: string;
}

export interface LocalProjector {
  readonly url: string;
  /** null while there is no process: it was stopped, or is between two lives. */
  readonly pid: number | null;
  readonly stopped: boolean;
}

export interface Projectors {
  /** All that were to run at the start serve. Rejects with a ServerStartError when one never does. */
  readonly ready: Promise<void>;
  /** By the name of the projection. */
  now(): Readonly<Record<string, LocalProjector>>;
  stop(): Promise<void>;
}

const LOOK_MS = 300;
const FIRST_PORT = 3003;

/** Of the first read model it is `projector`, which others rely on (design §2). */
export function processName(models: readonly ReadModel[], name: string): string {
  return models[0]?.name === name ? 'projector' : `projector-${name}`;
}

/** Preferred ports by the name of the process. */
export function projectorPorts(models: readonly ReadModel[]): Readonly<Record<string, number>> {
  return Object.fromEntries(models.map(({ name }, at) => [processName(models, name), FIRST_PORT + at]));
}

/** `onChange`: called when one was started or stopped by request. */
export function runProjectors(
  options: ServicesOptions,
  models: readonly ReadModel[],
  onChange: () => void,
): Projectors {
  const processes = new Map<string, Supervised>();
  let working: Promise<void> = Promise.resolve();
  let stopped = false;

  function startWanted(unwanted: ReadonlySet<string>): number {
    const missing = models.filter(({ name }) => !processes.has(name) && !unwanted.has(name));
    for (const { name, projection } of missing)
      processes.set(name, startProjector(options, processName(models, name), projection));
    return missing.length;
  }

  async function stopUnwanted(unwanted: ReadonlySet<string>): Promise<number> {
    const surplus = [...processes].filter(([name]) => unwanted.has(name));
    await Promise.all(surplus.map(([, process]) => process.stop()));
    for (const [name] of surplus) processes.delete(name);
    return surplus.length;
  }

  async function adjust(): Promise<void> {
    if (stopped) return;
    const unwanted = new Set(readStopped(options.dataDir));
    const changed = startWanted(unwanted) + (await stopUnwanted(unwanted));
    if (changed > 0) onChange();
  }

  startWanted(new Set(readStopped(options.dataDir)));
  const ready = Promise.all([...processes.values()].map((process) => process.ready)).then(() => undefined);
  const timer = setInterval(() => {
    working = working.then(adjust).catch((error: unknown) => {
      options.onEvent({ type: 'not-ready', name: 'projectors', message: messageOf(error) });
    });
  }, LOOK_MS);
  return {
    ready,
    now: () =>
      Object.fromEntries(
        models.map(({ name }) => {
          const process = processes.get(name);
          const url = `http://127.0.0.1:${options.ports[processName(models, name)]}`;
          return [name, { url, pid: process?.pid() ?? null, stopped: process === undefined }] as const;
        }),
      ),
    async stop() {
      stopped = true;
      clearInterval(timer);
      await working;
      await Promise.all([...processes.values()].map((process) => process.stop()));
    },
  };
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'stopped-projections.json');
}

/** Names of the projections whose projectors are not to run. */
export function readStopped(dataDir: string): readonly string[] {
  const names = readJson(pathOf(dataDir));
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

export function writeStopped(dataDir: string, names: readonly string[]): void {
  writeJson(pathOf(dataDir), [...new Set(names)].toSorted());
}
