/** What the status of a connector and its tasks means. Pure. */
import type { ConnectorStatus } from './connect-client.ts';

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
