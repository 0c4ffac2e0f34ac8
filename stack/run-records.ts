/**
 * What runs for a data folder: one file a process, written at its start and removed after its end. When a supervisor is killed with -9 its
 * processes live on; these files are how the next start, or `readside down`, finds exactly those and ends them.
 *
 * Imports nothing of the servers, so that `readside down` is quick.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './errors.ts';
import { readJson, writeJson } from './json-file.ts';
import { lockHolder } from './lock.ts';
import { isAlive, sendSignal, type ProcessIdentity } from './process-identity.ts';
import { waitFor } from './wait.ts';

export interface RunRecord extends ProcessIdentity {
  readonly name: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
}

export function runDirOf(dataDir: string): string {
  return join(dataDir, 'run');
}

export function lockPathOf(dataDir: string): string {
  return join(runDirOf(dataDir), 'lock.json');
}

/** The live process that runs the stack of this data folder, if any: the one to send SIGTERM to. */
export function stackHolder(dataDir: string): number | undefined {
  return lockHolder(lockPathOf(dataDir))?.pid;
}

/** Synchronous on purpose: nothing may come between the spawn of a process and its record. */
export function writeRunRecord(runDir: string, record: RunRecord): void {
  mkdirSync(runDir, { recursive: true });
  writeJson(recordPath(runDir, record.name), record);
}

export function removeRunRecord(runDir: string, name: string): void {
  rmSync(recordPath(runDir, name), { force: true });
}

export interface EndedOrphan {
  readonly name: string;
  readonly pid: number;
}

/**
 * Ends the processes that an earlier, killed supervisor left behind, each with its own signal and then, after its deadline, with SIGKILL.
 * The caller holds the data folder's lock, or has seen that nobody does (`stackHolder`): otherwise these are no orphans.
 */
export async function endOrphans(dataDir: string): Promise<readonly EndedOrphan[]> {
  const runDir = runDirOf(dataDir);
  const ended = await Promise.all(readRecords(runDir).map((record) => endOne(runDir, record)));
  return ended.flatMap((orphan) => orphan ?? []);
}

async function endOne(runDir: string, record: RunRecord): Promise<EndedOrphan | undefined> {
  const wasAlive = isAlive(record);
  if (wasAlive) await endProcess(record, record.stopSignal, record.stopTimeoutMs);
  removeRunRecord(runDir, record.name);
  return wasAlive ? { name: record.name, pid: record.pid } : undefined;
}

/** The process leads its own group (see supervisor.ts): what it started and left behind goes with it. */
async function endProcess(
  identity: ProcessIdentity,
  stopSignal: NodeJS.Signals,
  timeoutMs: number,
): Promise<void> {
  sendSignal(identity.pid, stopSignal);
  // A process that somebody stopped with SIGSTOP would never see the signal.
  sendSignal(identity.pid, 'SIGCONT');
  const gone = await waitFor(`end of ${identity.pid}`, () => !isAlive(identity), { timeoutMs }).catch(
    () => false,
  );
  sendSignal(-identity.pid, 'SIGKILL');
  if (!gone)
    await waitFor(`end of ${identity.pid} after SIGKILL`, () => !isAlive(identity), { timeoutMs: 10_000 });
}

function readRecords(runDir: string): RunRecord[] {
  return listJson(runDir).flatMap((file) => {
    const value = readJson(join(runDir, file));
    return isRunRecord(value) ? [value] : [];
  });
}

function listJson(runDir: string): string[] {
  try {
    return readdirSync(runDir).filter((file) => file.endsWith('.json') && file !== 'lock.json');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<Record<keyof RunRecord, unknown>>;
  return (
    typeof record.pid === 'number' &&
    typeof record.started === 'string' &&
    typeof record.name === 'string' &&
    typeof record.stopSignal === 'string'
  );
}

function recordPath(runDir: string, name: string): string {
  return join(runDir, `${name}.json`);
}
