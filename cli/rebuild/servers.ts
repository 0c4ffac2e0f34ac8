/** What a rebuild, a rollback and a replay work on, and as what they do. */
import pg from 'pg';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectorConfig } from '../../services/shared/connect/connect-client.ts';
import type { Logger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { connectorName, slotName } from '../../services/shared/stream-names.ts';
import { CONNECT_MS, withServers } from '../servers.ts';
import type { ServerAddresses, Servers } from '../servers.ts';

export interface RebuildServers extends ServerAddresses {
  readonly logger: Logger;
}

const APP_NAME = 'readside-rebuild';
/** What is done to the documents is to last, and what is decided by them is not to be taken back. */
const LASTING = { writeConcern: { w: 'majority' }, readConcernLevel: 'majority' } as const;

export function withRebuildServers<T>(
  { logger, ...addresses }: RebuildServers,
  use: (servers: Servers) => Promise<T>,
): Promise<T> {
  return withServers(addresses, { appName: APP_NAME, logger, mongo: LASTING }, use);
}

/** Connections to the source, one a call, closed when `use` has ended. */
export async function withConnections<T>(
  postgresUrl: string,
  use: (connect: () => Promise<pg.Client>) => Promise<T>,
): Promise<T> {
  const clients: pg.Client[] = [];
  try {
    return await use(async () => {
      const each = new pg.Client({
        connectionString: postgresUrl,
        application_name: APP_NAME,
        connectionTimeoutMillis: CONNECT_MS,
      });
      clients.push(each);
      await each.connect();
      return each;
    });
  } finally {
    await Promise.all(clients.map((each) => each.end()));
  }
}

export interface StreamOptions {
  readonly projection: Projection;
  /** Of the stream's connector, where it must be registered again. */
  readonly connector: ConnectorConfig;
  readonly connectUrl: string;
}

/** What connectors/restart-stream.ts works on. */
export function streamPlaces({ projection, connector, connectUrl }: StreamOptions, pool: pg.Pool) {
  return {
    connect: createConnectClient(connectUrl),
    pool,
    connector: connectorName(projection.stream),
    slot: slotName(projection.stream),
    config: connector,
  };
}
