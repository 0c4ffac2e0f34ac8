/** Holds changes back: while the connector is paused, what is committed in Postgres does not become an event. */
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectClient } from '../../services/shared/connect/connect-client.ts';
import { waitUntilRunning, waitUntilState } from '../../connectors/register.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { stackEndpoints } from './stack.ts';

const DEADLINE_MS = 30_000;

/** Resolves when the connector and its task have stopped: no change that is committed from then on gets through. */
export async function pauseConnector(stream: string): Promise<void> {
  const client = connectClient();
  await client.pause(connectorName(stream));
  await waitUntilState(client, connectorName(stream), 'PAUSED', DEADLINE_MS);
}

export async function resumeConnector(stream: string): Promise<void> {
  const client = connectClient();
  await client.resume(connectorName(stream));
  await waitUntilRunning(client, connectorName(stream), DEADLINE_MS);
}

export function connectClient(): ConnectClient {
  return createConnectClient(stackEndpoints().connectUrl);
}
