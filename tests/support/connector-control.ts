/** Holds changes back: while the connector is paused, what is committed in Postgres does not become an event. */
import { createConnectClient } from '../../connectors/connect-client.ts';
import type { ConnectClient } from '../../connectors/connect-client.ts';
import { isRunning } from '../../connectors/register.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { stackEndpoints } from './stack.ts';

const DEADLINE_MS = 30_000;

/** Resolves when the connector and its task have stopped: no change that is committed from then on gets through. */
export async function pauseConnector(stream: string): Promise<void> {
  const client = connectClient();
  await client.pause(connectorName(stream));
  await waitFor(
    'the connector to be paused',
    async () => {
      const status = await client.status(connectorName(stream));
      const states = [status?.connector.state, ...(status?.tasks.map(({ state }) => state) ?? [])];
      return states.every((state) => state === 'PAUSED');
    },
    { timeoutMs: DEADLINE_MS },
  );
}

export async function resumeConnector(stream: string): Promise<void> {
  const client = connectClient();
  await client.resume(connectorName(stream));
  await waitFor(
    'the connector to run',
    async () => {
      const status = await client.status(connectorName(stream));
      return status !== null && isRunning(status);
    },
    { timeoutMs: DEADLINE_MS },
  );
}

export function connectClient(): ConnectClient {
  return createConnectClient(stackEndpoints().connectUrl);
}
