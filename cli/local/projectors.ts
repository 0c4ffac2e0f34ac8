/**
 * The projectors of a local run: a process for each read model, started and stopped on its own while the system is up, by
 * `readside projections start | stop`. What is to be stopped stands in a file of the data folder, so that the next run keeps to it.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { settledName } from '../../services/shared/load-projection.ts';
import { messageOf } from '../../stack/errors.ts';
import { readJson, writeJson } from '../../stack/json-file.ts';
import type { Supervised } from '../../stack/supervisor.ts';
import { startProjector } from './services.ts';
import type { ServicesOptions } from './services.ts';

/** A read model of the run. */
export interface ReadModel {
  /** Of the projection. */
  readonly name: string;
  /** The same, or the path of its module from the root. */
  readonly projection: string;
  /** Name of its projector's process: `projector` of the first one, which others rely on (design §2). */
  readonly process: string;
}

export interface LocalProjector {
  /** What its projector was started with: a name in projections/, or the path of a module from the root. */
  readonly projection: string;
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

/** `projections`: names or paths, as they were asked for; `names`: what they are called. */
export function readModels(projections: readonly string[], names: readonly string[]): readonly ReadModel[] {
  return names.map((name, at) => ({
    name,
    projection: settledName(projections[at] ?? name),
    process: at === 0 ? 'projector' : `projector-${name}`,
  }));
}

/** Preferred ports by the name of the process. */
export function projectorPorts(models: readonly ReadModel[]): Readonly<Record<string, number>> {
  return Object.fromEntries(models.map(({ process }, at) => [process, FIRST_PORT + at]));
}

/** `onChange`: called when one was started or stopped by request. */
export function runProjectors(
  options: ServicesOptions,
  models: readonly ReadModel[],
  onChange: () => void,
): Projectors {
  const processes = new Map<string, Supervised>();
  const stopping = new AbortController();

  /** Returns those that it has started. */
  function startWanted(among: readonly ReadModel[]): readonly Supervised[] {
    if (stopping.signal.aborted) return [];
    const unwanted = new Set(readStopped(options.dataDir));
    const missing = among.filter(({ name }) => !processes.has(name) && !unwanted.has(name));
    return missing.map(({ name, projection, process }) => {
      const started = startProjector(options, process, projection);
      processes.set(name, started);
      return started;
    });
  }

  async function stopUnwanted(): Promise<number> {
    const unwanted = new Set(readStopped(options.dataDir));
    const surplus = [...processes].filter(([name]) => unwanted.has(name));
    await Promise.all(surplus.map(([, process]) => process.stop()));
    for (const [name] of surplus) processes.delete(name);
    return surplus.length;
  }

  async function adjust(): Promise<void> {
    const changed = startWanted(models).length + (await stopUnwanted());
    if (changed > 0) onChange();
  }

  /** The first one has the processors for itself; the others find its modules compiled. */
  async function begin(): Promise<void> {
    for (const some of [models.slice(0, 1), models])
      await Promise.all(startWanted(some).map((process) => process.ready));
  }

  async function keepAdjusting(): Promise<void> {
    while (!stopping.signal.aborted) {
      await adjust().catch((error: unknown) =>
        options.onEvent({ type: 'not-ready', name: 'projectors', message: messageOf(error) }),
      );
      await sleep(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // asked to stop
    }
  }

  const ready = begin();
  // That it failed is told to whoever waits for it.
  ready.then(keepAdjusting, () => undefined);
  return {
    ready,
    now: () =>
      Object.fromEntries(
        models.map(({ name, projection, process }) => {
          const running = processes.get(name);
          const url = `http://127.0.0.1:${options.ports[process]}`;
          const projector = { projection, url, pid: running?.pid() ?? null, stopped: running === undefined };
          return [name, projector] as const;
        }),
      ),
    async stop() {
      stopping.abort();
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
