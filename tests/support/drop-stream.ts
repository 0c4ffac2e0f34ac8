/** Removes what a stream of a test's own has left in Connect, Postgres and Kafka. */
import { gapId } from '../../cli/rebuild/gap-record.ts';
import { waitUntilState } from '../../connectors/register.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import {
  changesTopic,
  connectorName,
  deadLettersTopic,
  heartbeatTopic,
  slotName,
} from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { connectClient } from './connector-control.ts';
import type { Pipeline } from './pipeline.ts';
import { stackEndpoints } from './stack.ts';

const DEADLINE_MS = 30_000;

export async function dropStream({ sql, db, documents, records, projection }: Pipeline): Promise<void> {
  const { stream } = projection;
  await deleteConnector(connectorName(stream));
  await waitFor(
    'the slot to be free',
    async () => {
      const { rows } = await sql.query<{ active: boolean }>(
        'select active from pg_replication_slots where slot_name = $1',
        [slotName(stream)],
      );
      if (rows.some(({ active }) => active)) return false;
      if (rows.length > 0) await sql.query('select pg_drop_replication_slot($1)', [slotName(stream)]);
      return true;
    },
    { timeoutMs: DEADLINE_MS },
  );
  await dropInKafka(projection);
  await documents.drop();
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  for (const { name } of collections)
    if (name.startsWith(`${projection.resource}_kept_`)) await db.collection(name).drop();
  await records.deleteOne({ _id: gapId(stream) });
  await records.deleteMany({ _id: { $gte: `${projection.name}:`, $lt: `${projection.name};` } });
}

/** By a client of its own: one that has asked for a topic which is gone, for it was another projection's too, fails with all it does. */
async function dropInKafka({ name, stream }: Pipeline['projection']): Promise<void> {
  const logger = createLogger('drop-stream', 'silent');
  const admin = createKafka('drop-stream', stackEndpoints().kafkaBrokers, logger).admin();
  await admin.connect();
  try {
    const there = await admin.listTopics();
    const topics = [changesTopic(stream), heartbeatTopic(stream), deadLettersTopic(name)].filter((topic) =>
      there.includes(topic),
    );
    await admin.deleteTopics({ topics });
    const { groups } = await admin.listGroups();
    // Of every version of it.
    const ours = groups
      .map(({ groupId }) => groupId)
      .filter((groupId) => groupId.startsWith(`readside.${name}.v`));
    if (ours.length > 0) await admin.deleteGroups(ours);
  } finally {
    await admin.disconnect();
  }
}

/** With its offsets, which Connect would keep: without the slot they name a place that is no more. */
async function deleteConnector(name: string): Promise<void> {
  const url = `${stackEndpoints().connectUrl}/connectors/${name}`;
  const client = connectClient();
  if ((await client.status(name)) === null) return;
  await client.stop(name);
  await waitUntilState(client, name, 'STOPPED', DEADLINE_MS);
  const forget = async (): Promise<boolean> => (await fetch(`${url}/offsets`, { method: 'DELETE' })).ok;
  await waitFor('its offsets to be deleted', forget, { timeoutMs: DEADLINE_MS });
  await client.delete(name);
  // Workers tell of it for a moment yet, and another projection of the stream would be dropped after this one.
  const isGone = async (): Promise<boolean> => (await client.status(name)) === null;
  await waitFor('it to be gone', isGone, { timeoutMs: DEADLINE_MS });
}
