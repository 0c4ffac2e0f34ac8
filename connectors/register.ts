/**
 * Registers a stream's connector and waits until it and its task run. Doing it twice changes nothing.
 *
 * Connect answers before it acts, and its status does not tell the life before from the one after. So whatever is to run anew is stopped
 * first, and that is waited for: RUNNING after STOPPED is the new one.
 */
import { ConnectError } from '../services/shared/connect/connect-client.ts';
import type {
  ConnectClient,
  ConnectorConfig,
  ConnectorStatus,
} from '../services/shared/connect/connect-client.ts';
import { describe, failureOf, isRunning } from '../services/shared/connect/connector-status.ts';

const POLL_MS = 100;
const HELD: ReadonlySet<string> = new Set(['PAUSED', 'STOPPED']);

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
  const known = await client.config(name);
  if (known === null) {
    await client.put(name, config);
    return waitUntilRunning(client, name, deadlineMs);
  }
  const { name: _name, ...current } = known;
  const isChanged = !sameConfig(current, config);
  const status = await statusOrBusy(client, name);
  const isRenewed = isChanged || (status !== null && failureOf(status) !== null);
  if (isRenewed) await stopConnector(client, name, deadlineMs);
  if (isChanged) await client.put(name, config);
  // One that somebody paused, or that a registration cut short has left stopped, is to run as well.
  if (isRenewed || HELD.has(status?.connector.state ?? '')) await client.resume(name);
  return waitUntilRunning(client, name, deadlineMs);
}

/** Stops and starts it, and its task. Resolves with the status once both are RUNNING. */
export async function restartConnector(
  client: ConnectClient,
  name: string,
  deadlineMs: number,
): Promise<ConnectorStatus> {
  await stopConnector(client, name, deadlineMs);
  await client.resume(name);
  return waitUntilRunning(client, name, deadlineMs);
}

async function stopConnector(client: ConnectClient, name: string, deadlineMs: number): Promise<void> {
  await client.stop(name);
  await waitUntilState(client, name, 'STOPPED', deadlineMs);
}

/** Resolves when the connector, and what tasks it still has, are in that state. */
export async function waitUntilState(
  client: ConnectClient,
  name: string,
  state: 'PAUSED' | 'STOPPED',
  deadlineMs: number,
): Promise<void> {
  await waitUntil(client, name, state, deadlineMs, (status) =>
    [status.connector, ...status.tasks].every((each) => each.state === state),
  );
}

/** Resolves with the status once the connector and at least one task are RUNNING. */
export function waitUntilRunning(
  client: ConnectClient,
  name: string,
  deadlineMs: number,
): Promise<ConnectorStatus> {
  return waitUntil(client, name, 'RUNNING', deadlineMs, (status) => {
    const failure = failureOf(status);
    if (failure) throw new ConnectorNotRunningError(`connector ${name} failed: ${failure}`);
    return isRunning(status);
  });
}

async function waitUntil(
  client: ConnectClient,
  name: string,
  wanted: string,
  deadlineMs: number,
  reached: (status: ConnectorStatus) => boolean,
): Promise<ConnectorStatus> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const status = await statusOrBusy(client, name);
    if (status && reached(status)) return status;
    if (Date.now() > deadline) {
      const shown = status ? describe(status) : 'absent';
      throw new ConnectorNotRunningError(
        `connector ${name} is ${shown} after ${deadlineMs / 1000} s, not ${wanted}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function statusOrBusy(client: ConnectClient, name: string): Promise<ConnectorStatus | null> {
  try {
    return await client.status(name);
  } catch (error) {
    if (error instanceof ConnectError) return null; // rebalancing, or the worker is being restarted
    throw error;
  }
}

function sameConfig(a: ConnectorConfig, b: ConnectorConfig): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
