/** Two Connect workers in one group: the connector's one task runs on one of them, and the other one takes it over. */
import { join } from 'node:path';
import { createConnectClient } from '../../../services/shared/connect/connect-client.ts';
import { isRunning } from '../../../services/shared/connect/connector-status.ts';
import { connectorName } from '../../../services/shared/stream-names.ts';
import { prepareConnect } from '../../../stack/embedded/connect.ts';
import type { ConnectSetup } from '../../../stack/embedded/connect.ts';
import { runDirOf } from '../../../stack/run-records.ts';
import { waitFor } from '../../../stack/wait.ts';
import { startMember } from './member.ts';
import type { Member } from './member.ts';

export interface WorkersSetup extends Omit<ConnectSetup, 'port'> {
  readonly ports: readonly number[];
}

export interface Workers {
  readonly members: readonly Member[];
  /** Of all of them, as CONNECT_URL has it. */
  readonly url: string;
  /** The one that runs the task. */
  running(): Promise<Member>;
}

const RUNNING_MS = 60_000;

export async function startWorkers(setup: WorkersSetup, stream: string): Promise<Workers> {
  const { ports, dataDir } = setup;
  const prepared = await Promise.all(
    ports.map((port, n) =>
      prepareConnect({ ...setup, dataDir: join(dataDir, `connect${n + 1}`), port, heap: '512m' }),
    ),
  );
  const members = prepared.map((server, n) =>
    startMember({
      ...server,
      name: `connect${n + 1}`,
      logFile: join(dataDir, 'logs', `connect${n + 1}.log`),
      runDir: runDirOf(dataDir),
    }),
  );
  const url = ports.map((port) => `http://127.0.0.1:${port}`).join(',');
  const client = createConnectClient(url);
  return {
    members,
    url,
    running: () =>
      waitFor(
        'the task to run',
        async () => {
          const status = await client.status(connectorName(stream));
          if (status === null || !isRunning(status)) return undefined;
          const port = Number(status.tasks[0]?.worker_id.split(':').at(-1));
          return members[ports.indexOf(port)];
        },
        { timeoutMs: RUNNING_MS, intervalMs: 250 },
      ),
  };
}
