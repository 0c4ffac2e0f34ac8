/**
 * What a consumer on kafkajs can do at best, and what one does that is written down in an afternoon. `count`: takes batches. `parse`: and
 * reads them as JSON. `naive`: message by message, finds the document, merges the row, replaces it, at majority.
 * Arguments: mode, brokers, topic, number of changes, MongoDB's URL. Prints `{ "events", "ms" }`.
 */
import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import type { Collection } from 'mongodb';
import { quietKafkajs } from '../../services/shared/quiet-kafkajs.ts';

interface Doc {
  readonly _id: string;
  readonly [field: string]: unknown;
}

interface Change {
  readonly after: Record<string, unknown>;
  readonly source: { readonly table: string };
}

const [mode = '', brokers = '', topic = '', wanted = '0', mongoUrl = ''] = process.argv.slice(2);
const total = Number(wanted);
quietKafkajs();
const group = `bench-${mode}-${randomBytes(3).toString('hex')}`;
const kafka = new Kafka({ clientId: group, brokers: brokers.split(','), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({
  groupId: group,
  readUncommitted: false,
  maxWaitTimeInMs: 10,
  maxBytesPerPartition: 4 * 1024 * 1024,
});
const mongo = new MongoClient(mongoUrl);
let began = 0;
let events = 0;
let resolveDone: () => void = () => undefined;
const done = new Promise<void>((resolve) => {
  resolveDone = resolve;
});
consumer.on(consumer.events.GROUP_JOIN, () => {
  began = performance.now();
});
function seen(count: number): void {
  events += count;
  if (events >= total) resolveDone();
}

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
if (mode === 'naive') {
  const documents = mongo.db('bench').collection<Doc>(group);
  await consumer.run({
    partitionsConsumedConcurrently: 1,
    eachMessage: async ({ message }) => {
      if (events >= total) return;
      await merge(documents, String(message.key), JSON.parse(String(message.value)) as Change);
      seen(1);
    },
  });
} else {
  let length = 0;
  await consumer.run({
    partitionsConsumedConcurrently: 4,
    eachBatch: ({ batch }) => {
      if (mode === 'parse')
        for (const { value } of batch.messages)
          length += (JSON.parse(String(value)) as Change).source.table.length;
      seen(batch.messages.length);
      return Promise.resolve();
    },
  });
  process.once('exit', () => void length);
}
await done;
process.stdout.write(`${JSON.stringify({ events, ms: performance.now() - began })}\n`);
if (mode === 'naive') await mongo.db('bench').collection(group).drop();
await consumer.disconnect();
await mongo.close();

async function merge(documents: Collection<Doc>, _id: string, { after, source }: Change): Promise<void> {
  const found: Doc = (await documents.findOne({ _id })) ?? { _id, addresses: [], preferences: {} };
  const merged: Record<string, unknown> = { ...found };
  if (source.table === 'users') Object.assign(merged, after);
  else if (source.table === 'addresses') {
    const others = (found['addresses'] as ReadonlyArray<Record<string, unknown>>).filter(
      ({ id }) => id !== after['id'],
    );
    merged['addresses'] = [...others, after];
  } else
    merged['preferences'] = {
      ...(found['preferences'] as object),
      [String(after['key'])]: JSON.parse(String(after['value'])),
    };
  delete merged['_id'];
  await documents.replaceOne({ _id }, merged, { upsert: true, writeConcern: { w: 'majority' } });
}
