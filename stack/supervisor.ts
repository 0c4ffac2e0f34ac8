/**
 * A supervised child process: started, watched, started again when it dies, and ended together with what it left behind.
 *
 * Owns one process at a time. It runs in a session of its own, so that Ctrl-C in the terminal reaches only us and we stop everything in order.
 * Guarantees that after stop() nothing of it runs. A supervisor that is itself killed with -9 leaves a run record (run-records.ts).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createBackoff, defaultBackoff, type BackoffOptions } from './backoff.ts';
import { messageOf, ServerStartError } from './errors.ts';
import type { ProcessEvent } from './events.ts';
import { deferred } from './deferred.ts';
import { openLog, tailOfLog } from './log-file.ts';
import { identify, sendSignal } from './process-identity.ts';
import { setNiceness } from './priority.ts';
import { removeRunRecord, writeRunRecord } from './run-records.ts';

export interface SuperviseOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The OS user to run as; only root can set it. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** -20 to 19, as of nice(1): the lower, the more of a core where others want it too. */
  readonly niceness?: number | undefined;
  /** The signal for a graceful end; after `stopTimeoutMs` comes SIGKILL. */
  readonly stopSignal?: NodeJS.Signals;
  readonly stopTimeoutMs?: number;
  readonly logFile: string;
  /** Where the run record goes: `runDirOf(dataDir)`. */
  readonly runDir: string;
  /** Resolves when the process serves; called for each start. `signal` fires when the process has died or is to stop. */
  readonly ready?: (signal: AbortSignal) => Promise<void>;
  /** Runs before each start and after the stop: makes sure that nothing of the process before is left. */
  readonly clean?: () => Promise<void>;
  /** Runs after a stop in which the process ended by itself and in time. */
  readonly afterGracefulStop?: () => void;
  readonly backoff?: BackoffOptions;
  /** How often the process may die before it was ever ready; then `ready` rejects and it is not started again. */
  readonly maxFirstStarts?: number;
  readonly onEvent: (event: ProcessEvent) => void;
}

export interface Supervised {
  readonly name: string;
  /** The current process; it changes with each restart, and is null between two. */
  pid(): number | null;
  /** The first time that it serves; rejects with a ServerStartError when it never does. */
  readonly ready: Promise<void>;
  /** Idempotent. Resolves when no process is left. */
  stop(): Promise<void>;
}

/** Processes to end when ours exits without having stopped them, by an uncaught error for instance. */
const liveProcesses = new Map<number, NodeJS.Signals>();
let exitHookSet = false;

export function supervise(options: SuperviseOptions): Supervised {
  const stopSignal = options.stopSignal ?? 'SIGTERM';
  const stopTimeoutMs = options.stopTimeoutMs ?? 10_000;
  const backoff = createBackoff(options.backoff ?? defaultBackoff);
  const stopping = new AbortController();
  const emit = options.onEvent;
  let current: Running | undefined;
  let lastSignal: string | null = null;
  let wasReady = false;
  const { promise: ready, resolve: markReady, reject: markFailed } = deferred();
  // Whoever awaits `ready` sees a failure; one who never asks must not crash for it.
  ready.catch(() => undefined);

  /** One life of the process, from start to end. Throws when it could not be started at all. */
  async function live(): Promise<number> {
    await options.clean?.();
    if (stopping.signal.aborted) return 0;
    const startedAt = performance.now();
    const process = await launch(options, stopSignal, stopTimeoutMs);
    current = process;
    // A stop that came during the spawn found no process to signal.
    if (stopping.signal.aborted) sendSignal(process.pid, stopSignal);
    emit({ type: 'starting', name: options.name, pid: process.pid });
    const over = new AbortController();
    const readiness = check(process, startedAt, AbortSignal.any([over.signal, stopping.signal]));
    const end = await process.ended;
    over.abort();
    current = undefined;
    lastSignal = end.signal;
    removeRunRecord(options.runDir, options.name);
    await readiness;
    if (!stopping.signal.aborted) emit({ type: 'died', name: options.name, ...end });
    return performance.now() - startedAt;
  }

  async function check(process: Running, startedAt: number, signal: AbortSignal): Promise<void> {
    try {
      await options.ready?.(signal);
      if (signal.aborted) return;
      emit({
        type: 'ready',
        name: options.name,
        pid: process.pid,
        ms: Math.round(performance.now() - startedAt),
      });
      wasReady = true;
      markReady();
    } catch (error) {
      if (signal.aborted) return;
      if (wasReady) emit({ type: 'not-ready', name: options.name, message: messageOf(error) });
      else
        markFailed(
          new ServerStartError(options.name, `${messageOf(error)}; its log is ${options.logFile}`, {
            cause: error,
          }),
        );
    }
  }

  async function run(): Promise<void> {
    for (let lives = 1; !stopping.signal.aborted; lives += 1) {
      let ranMs = 0;
      try {
        ranMs = await live();
        if (!wasReady && lives >= (options.maxFirstStarts ?? 3)) throw neverServed();
      } catch (error) {
        if (!wasReady)
          return markFailed(
            error instanceof ServerStartError
              ? error
              : new ServerStartError(options.name, messageOf(error), { cause: error }),
          );
        emit({ type: 'start-failed', name: options.name, message: messageOf(error) });
      }
      if (stopping.signal.aborted) return;
      const delayMs = backoff.next(ranMs);
      emit({ type: 'restarting', name: options.name, delayMs });
      await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const neverServed = (): ServerStartError =>
    new ServerStartError(
      options.name,
      `ended before it was ready; the end of ${options.logFile}:\n${tailOfLog(options.logFile, 8)}`,
    );

  async function stopNow(): Promise<void> {
    const startedAt = performance.now();
    const ran = current !== undefined;
    emit({ type: 'stopping', name: options.name });
    stopping.abort();
    await endRunning(() => current, stopSignal, stopTimeoutMs, loop);
    await options.clean?.();
    if (ran && lastSignal !== 'SIGKILL') options.afterGracefulStop?.();
    markFailed(new ServerStartError(options.name, 'stopped before it was ready'));
    emit({ type: 'stopped', name: options.name, ms: Math.round(performance.now() - startedAt) });
  }

  const loop = run();
  let stopped: Promise<void> | undefined;
  return { name: options.name, pid: () => current?.pid ?? null, ready, stop: () => (stopped ??= stopNow()) };
}

interface Running {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

async function launch(
  options: SuperviseOptions,
  stopSignal: NodeJS.Signals,
  stopTimeoutMs: number,
): Promise<Running> {
  const log = openLog(options.logFile);
  let child: ChildProcess;
  try {
    child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...options.user,
    });
  } finally {
    closeSync(log);
  }
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const { pid } = child;
  if (pid === undefined) return failed;
  // After a successful spawn 'error' only tells of a signal that could not be sent; signals are sent by pid here.
  failed.catch(() => undefined);
  endWithUs(pid, stopSignal);
  if (options.niceness !== undefined) void setNiceness(pid, options.niceness);
  record(pid, options, stopSignal, stopTimeoutMs);
  // What the process started and did not end itself is in its group, and goes with it.
  const gone = ended.then((end) => {
    liveProcesses.delete(pid);
    sendSignal(-pid, 'SIGKILL');
    return end;
  });
  return { pid, ended: gone };
}

function record(
  pid: number,
  options: SuperviseOptions,
  stopSignal: NodeJS.Signals,
  stopTimeoutMs: number,
): void {
  const identity = identify(pid);
  if (identity === undefined) return;
  try {
    writeRunRecord(options.runDir, { ...identity, name: options.name, stopSignal, stopTimeoutMs });
  } catch (error) {
    // Without a record nobody would find it after us.
    sendSignal(-pid, 'SIGKILL');
    throw error;
  }
}

/** `loop` ends when the process has, and also when it was only about to be started. */
async function endRunning(
  current: () => Running | undefined,
  stopSignal: NodeJS.Signals,
  timeoutMs: number,
  loop: Promise<void>,
): Promise<void> {
  const timer = new AbortController();
  const deadline = delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
  const running = current();
  if (running !== undefined) {
    sendSignal(running.pid, stopSignal);
    // One that somebody stopped with SIGSTOP would not see the signal before it goes on.
    sendSignal(running.pid, 'SIGCONT');
  }
  await Promise.race([loop, deadline]);
  timer.abort();
  const left = current();
  if (left !== undefined) sendSignal(-left.pid, 'SIGKILL');
  await loop;
}

function endWithUs(pid: number, signal: NodeJS.Signals): void {
  liveProcesses.set(pid, signal);
  if (exitHookSet) return;
  exitHookSet = true;
  process.once('exit', () => {
    for (const [left, itsSignal] of liveProcesses) sendSignal(left, itsSignal);
  });
}
