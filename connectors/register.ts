/** Registers a stream's connector and waits until it and its task run. Doing it twice changes nothing. */
import { ConnectError } from './connect-client.ts';
import type { ConnectClient, ConnectorStatus } from './connect-client.ts';
import type { ConnectorConfig } from './connector-config.ts';

const POLL_MS = 100;
/** How long a failure may be that of before: Connect acts on a restart after it has answered. */
const STALE_FAILURE_MS = 3000;

/** The connector or its task failed, or did not run within the deadline. */
export class ConnectorNotRunningError extends Error {
  override readonly name = 'ConnectorNotRunningError';
}

export async function registerConnector(
  client: ConnectClient,
  name: string,
  config: ConnectorConfig,
  deadlineMs: number,
): Promise<ConnectorStatus> {
  const { name: _name, ...current } = (await client.config(name)) ?? {};
  if (!sameConfig(current, config)) await client.put(name, config);
  else await restartFailed(client, name);
  return waitUntilRunning(client, name, deadlineMs);
}

/** Resolves with the status once the connector and at least one task are RUNNING. */
export async function waitUntilRunning(
  client: ConnectClient,
  name: string,
  deadlineMs: number,
): Promise<ConnectorStatus> {
  const started = Date.now();
  const deadline = started + deadlineMs;
  for (;;) {
    const status = await statusOrBusy(client, name);
    const failure = status && failureOf(status);
    if (failure && Date.now() - started > STALE_FAILURE_MS)
      throw new ConnectorNotRunningError(`connector ${name} failed: ${failure}`);
    if (status && isRunning(status)) return status;
    if (Date.now() > deadline) {
      const state = status ? describe(status) : 'absent';
      throw new ConnectorNotRunningError(
        `connector ${name} is ${state} after ${deadlineMs / 1000} s, not RUNNING`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export function isRunning(status: ConnectorStatus): boolean {
  return (
    status.connector.state === 'RUNNING' &&
    status.tasks.length > 0 &&
    status.tasks.every(({ state }) => state === 'RUNNING')
  );
}

/** The first line of what failed; null when nothing did. */
export function failureOf(status: ConnectorStatus): string | null {
  const failed = [status.connector, ...status.tasks].find(({ state }) => state === 'FAILED');
  if (!failed) return null;
  const lines = (failed.trace ?? 'no trace').split('\n');
  // The outermost line says only that the task failed; the last cause says why.
  return (lines.findLast((line) => line.startsWith('Caused by:')) ?? lines[0] ?? '').trim();
}

export function describe(status: ConnectorStatus): string {
  const tasks = status.tasks.map(({ id, state }) => `task ${id} ${state}`).join(', ');
  return `${status.connector.state} (${tasks || 'no task'})`;
}

async function statusOrBusy(client: ConnectClient, name: string): Promise<ConnectorStatus | null> {
  try {
    return await client.status(name);
  } catch (error) {
    if (error instanceof ConnectError) return null; // rebalancing, or the worker is being restarted
    throw error;
  }
}

async function restartFailed(client: ConnectClient, name: string): Promise<void> {
  const status = await statusOrBusy(client, name);
  if (status && failureOf(status)) await client.restart(name);
}

function sameConfig(a: ConnectorConfig, b: ConnectorConfig): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
