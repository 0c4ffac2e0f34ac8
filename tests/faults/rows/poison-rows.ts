/** Rows 15 and 16: records that no document can follow, with the quarantine there and with it out of reach. */
import kafkajs from 'kafkajs';
import { createKafka } from '../../../services/shared/kafka-client.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { waitFor } from '../../../stack/wait.ts';
import { startCli } from '../../support/cli.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openRunSystem } from '../../support/faults/run-system.ts';
import type { Pipeline } from '../../support/pipeline.ts';
import { addUser } from '../../support/rows.ts';
import { stackEndpoints, testDataDir } from '../../support/stack.ts';

// Node finds no names in this CommonJS module beyond its first few.
const { ConfigResourceTypes, ConfigSource } = kafkajs;
const WAIT_MS = 60_000;
const LARGEST = 'max.message.bytes';
const DEAD_LETTERS = 'profile.dead-letters';
const source = { table: 'users', ts_us: 1_764_000_000_000_000 };
const BIG = 15 * 1024 * 1024;

/** Nothing of it can be in a document: it is passed over and counted, and its user is not harmed. */
const ELSEWHERE = JSON.stringify({
  op: 'u',
  before: null,
  after: { id: 1 },
  source: { ...source, table: 'elsewhere' },
});
const POISON: readonly (string | null)[] = [
  '{"op":"u","aft',
  null,
  JSON.stringify({ op: 'u', before: null, after: { version: 'two' }, source }),
  `{"op":"u","after":"${'x'.repeat(BIG)}`,
];

export const poison = faultRow({
  number: 15,
  name: 'Poison: bad JSON, null, wrong type, 16 MB, unknown table',
  how: 'One record of each kind is written into the topic with the key of a user of its own, behind one of a table that nobody knows, and that user is changed afterwards; every one of them must be put aside, and `readside dlq discard` heals it.',
  boundMs: 60_000,
  timeoutMs: 400_000,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    const victims = await poisoned(pipeline);
    await putAside(pipeline, victims);
    for (const id of victims) await discard(id);
  },
});

export const quarantineDown = faultRow({
  number: 16,
  name: 'Quarantine store down while poison arrives',
  how: 'The topic of the dead letters takes no record (max.message.bytes is 1) while poison arrives: nobody is marked and nothing is passed over, until it takes them again.',
  boundMs: 90_000,
  timeoutMs: 400_000,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    await takesRecordsOf(pipeline, '1');
    let victims: readonly string[];
    try {
      victims = await poisoned(pipeline);
      await standsStill(pipeline);
      const marked = await marks(pipeline, victims);
      if (marked > 0) throw new Error(`${marked} users are marked without a letter`);
    } finally {
      await takesRecordsOf(pipeline, '50331648');
    }
    await putAside(pipeline, victims);
    for (const id of victims) await discard(id);
  },
});

/** Returns the users whose next change cannot be applied; each has a later change, too. */
async function poisoned({ sql, projection }: Pipeline): Promise<readonly string[]> {
  const ids = await Promise.all(POISON.map(() => addUser(sql)));
  const kafka = createKafka('poison', stackEndpoints().kafkaBrokers, createLogger('poison', 'silent'));
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (const [n, value] of POISON.entries())
      await producer.send({
        topic: projection.topic,
        messages: [
          { key: ids[n] ?? '', value: ELSEWHERE },
          { key: ids[n] ?? '', value },
        ],
      });
  } finally {
    await producer.disconnect();
  }
  await sql.query("update users set display_name = 'later' where id = any ($1)", [ids]);
  return ids;
}

async function marks({ documents }: Pipeline, ids: readonly string[]): Promise<number> {
  return documents.countDocuments({ _id: { $in: [...ids] }, '_sync.quarantine': { $exists: true } });
}

async function putAside(pipeline: Pipeline, ids: readonly string[]): Promise<void> {
  await waitFor(
    `${ids.length} users to be put aside`,
    async () => (await marks(pipeline, ids)) === ids.length,
    { timeoutMs: WAIT_MS },
  );
}

async function standsStill({ admin, projection }: Pipeline): Promise<void> {
  const committed = async (): Promise<string> =>
    JSON.stringify(await admin.fetchOffsets({ groupId: projection.group, topics: [projection.topic] }));
  let before = '';
  await waitFor(
    'a moment without a commit in some partition',
    async () => {
      const now = await committed();
      const stands = now === before;
      before = now;
      return stands;
    },
    { timeoutMs: WAIT_MS, intervalMs: 2000 },
  );
}

/** Kafka takes a topic's whole configuration at once: what is not named goes back to its default. */
async function takesRecordsOf({ admin }: Pipeline, bytes: string): Promise<void> {
  const topic = { type: ConfigResourceTypes.TOPIC, name: DEAD_LETTERS };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [topic] });
  const others = (resources[0]?.configEntries ?? [])
    .filter(
      ({ configName, configSource }) => configSource === ConfigSource.TOPIC_CONFIG && configName !== LARGEST,
    )
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...topic, configEntries: [...others, { name: LARGEST, value: bytes }] }],
  });
}

async function discard(id: string): Promise<void> {
  const { code, stdout, stderr } = await startCli(['dlq', 'discard', '--user', id, '--yes'], testDataDir())
    .done;
  if (code !== 0) throw new Error(`dlq discard: exit ${code}\n${stdout}${stderr}`);
}
