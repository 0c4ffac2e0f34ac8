/**
 * Whether all that a projection needs is there and fits: catalog, publication and view in Postgres; the connector's registered
 * configuration; topics; the collection's indexes, and how long tombstones live. A server that cannot be asked is a finding too.
 */
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import type { Pool } from 'pg';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { checkSource } from '../../services/shared/check/check-source.ts';
import type { Finding } from '../../services/shared/check/finding.ts';
import { readSourceCatalog } from '../../services/shared/check/source-catalog.ts';
import { viewMark } from '../../services/shared/check/view-mark.ts';
import type { ConnectClient, ConnectorConfig } from '../../services/shared/connect/connect-client.ts';
import { ask } from '../../services/shared/health/asked.ts';
import { serverDown } from '../../services/shared/health/causes.ts';
import type { ServerName } from '../../services/shared/health/causes.ts';
import { sourceProgress } from '../../services/shared/lag/source-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { changesTopic, connectorName, heartbeatTopic, slotName } from '../../services/shared/stream-names.ts';
import { checkCollection } from './check-collection.ts';
import { retentionOf } from '../topic-retention.ts';

export interface CheckPlaces {
  readonly pool: Pool;
  readonly admin: Admin;
  readonly connect: ConnectClient;
  readonly db: Db;
}

const TIMEOUT_MS = 10_000;

/** @param all the projections of the stream: the connector captures for all of them */
export async function checkProjection(
  places: CheckPlaces,
  projection: Projection,
  all: readonly Projection[],
): Promise<readonly Finding[]> {
  const parts = await Promise.all([
    part('postgres', () => checkPostgres(places.pool, projection)),
    part('connect', () => checkConnector(places.connect, projection, all)),
    part('kafka', () => checkTopics(places.admin, projection)),
    part('mongod', async () =>
      checkCollection(
        places.db,
        projection,
        (await retentionOf(places.admin, projection.topic))?.keptMs ?? null,
      ),
    ),
  ]);
  return parts.flat();
}

async function part(
  server: ServerName,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const findings = await ask(check, TIMEOUT_MS);
  if (findings.ok) return findings.value;
  const { code, text, remedy } = serverDown(server, findings.why);
  return [{ code, text, why: 'what it holds could not be checked', remedy, blocking: false }];
}

async function checkPostgres(pool: Pool, projection: Projection): Promise<readonly Finding[]> {
  const catalog = await readSourceCatalog(pool, projection);
  const { slot } = await sourceProgress(pool, slotName(projection.stream));
  const findings = checkSource(projection, catalog, viewMark(projection.sourceView));
  if (slot !== null && slot.walStatus !== 'lost') return findings;
  const lost: Finding = {
    code: slot === null ? 'slot-absent' : 'slot-lost',
    text: `the replication slot ${slotName(projection.stream)} is ${slot === null ? 'not there' : 'lost'}`,
    why: 'changes since then are lost for the stream',
    remedy: `readside register where there never was one; else readside rebuild ${projection.name}`,
    blocking: false,
  };
  return [...findings, lost];
}

async function checkConnector(
  client: ConnectClient,
  { stream }: Projection,
  all: readonly Projection[],
): Promise<readonly Finding[]> {
  const name = connectorName(stream);
  const registered = await client.config(name);
  const remedy = 'readside register';
  if (registered === null)
    return [
      {
        code: 'connector-absent',
        text: `the connector ${name} is not registered`,
        why: 'no change leaves Postgres',
        remedy,
        blocking: false,
      },
    ];
  const captured = all.filter((each) => each.stream === stream).flatMap((each) => each.captured);
  const differing = differences(registered, connectorConfig(stream, captured));
  if (differing.length === 0) return [];
  return [
    {
      code: 'connector-config',
      text: `the connector ${name} is registered with other settings: ${differing.join(', ')}`,
      why: 'what it delivers may not be what the projection reads',
      remedy,
      blocking: false,
    },
  ];
}

/** Names of settings; Connect adds `name` by itself. */
function differences(registered: ConnectorConfig, derived: ConnectorConfig): readonly string[] {
  const names = new Set([...Object.keys(registered), ...Object.keys(derived)]);
  return [...names].filter((key) => key !== 'name' && registered[key] !== derived[key]).toSorted();
}

async function checkTopics(admin: Admin, { stream, name }: Projection): Promise<readonly Finding[]> {
  const existing = new Set(await admin.listTopics());
  return [changesTopic(stream), heartbeatTopic(stream)]
    .filter((topic) => !existing.has(topic))
    .map((topic) => ({
      code: 'topic-missing',
      text: `the topic ${topic} does not exist`,
      why: 'nothing here makes topics by itself, and the connector cannot write',
      remedy: `readside register; where it was there before, then readside rebuild ${name}`,
      blocking: false,
    }));
}
