/**
 * Rows that were there before the connector come by its snapshot, and what is written from then on by the log: on a database, stream and
 * collection of this test's own, through the projector's own pieces. Tables are read in the order of the connector's list: here children before roots.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { changesTopic, heartbeatTopic, slotName } from '../../services/shared/stream-names.ts';
import { startProjector } from '../support/in-process-projector.ts';
import type { InProcessProjector } from '../support/in-process-projector.ts';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import type { RecordedMessage } from '../support/recorded.ts';
import { openRecordingStream, until } from '../support/recording-stream.ts';
import type { RecordingStream } from '../support/recording-stream.ts';
import { addAddress, addPreference, addUser } from '../support/rows.ts';
import { stackEndpoints } from '../support/stack.ts';

const name = `snapshot_${randomBytes(3).toString('hex')}`;
const projection = defineProjection({ ...profile.definition, name, stream: name, resource: name });
const USERS = 200;

describe('a stream that starts on tables with rows', () => {
  let stream: RecordingStream;
  let pipeline: Pipeline;
  let projector: InProcessProjector;
  const ids: string[] = [];

  beforeAll(async () => {
    const endpoints = stackEndpoints();
    stream = await openRecordingStream({ endpoints, secrets: endpoints.secrets }, name, [projection], '');
    pipeline = await openPipeline(projection, stream.adminUrl);
    for (let n = 0; n < USERS; n++) ids.push(await addUser(pipeline.sql, { full_name: `before ${n}` }));
    for (const id of ids.slice(0, 80)) await addAddress(pipeline.sql, id);
    for (const id of ids.slice(40, 90))
      await addPreference(pipeline.sql, id, 'n', '[12345678901234567890, 1e400]');
    const tables = projection.captured.map(({ table }) => `public.${table}`);
    await stream.startConnector({ 'table.include.list': tables.toReversed().join(',') });
    // In small batches, so that children are saved before their roots come.
    projector = await startProjector(pipeline, { batchSize: 10 });
  }, 90_000);

  afterAll(async () => {
    try {
      await projector.stop();
      await pipeline.documents.drop();
      await pipeline.admin.deleteGroups([projection.group]);
    } finally {
      await pipeline.close();
      await stream.close();
    }
  }, 60_000);

  test('gives every row as it was, children before their roots among them', async () => {
    const snapshot = (): readonly unknown[] => stream.messages.filter(({ value }) => opOf(value) === 'r');
    // A new slot begins at the end of the WAL: until its snapshot is in the topic, it looks as if there were nothing to carry.
    await until(() => snapshot().length >= USERS + 80 + 50);
    await pipeline.settled();
    const { compared, wrong } = await compareDocuments(pipeline);
    expect(wrong).toEqual([]);
    expect(compared).toBe(USERS);
    expect(snapshot()).toHaveLength(USERS + 80 + 50);
    for (const id of ids.slice(0, 90)) {
      const tables = tablesOf(stream.messages, id);
      expect(tables.at(-1)).toBe('users');
      expect(tables.length).toBeGreaterThan(1);
    }
  });

  test('goes on with what is written afterwards, without a gap', async () => {
    await pipeline.sql.query("update users set display_name = 'after' where id = any ($1)", [
      ids.slice(0, 100),
    ]);
    await pipeline.sql.query('update addresses set user_id = $1', [ids[150]]);
    await pipeline.sql.query('delete from users where id = any ($1)', [ids.slice(100, 120)]);
    await pipeline.settled();
    const { compared, wrong } = await compareDocuments(pipeline);
    expect(wrong).toEqual([]);
    expect(compared).toBe(USERS - 20);
    const moved = await pipeline.documents.findOne({ _id: ids[150] ?? '' });
    expect(moved?.['addresses']).toHaveLength(80);
  });
});

test('nothing of that stream is left', async () => {
  const pipeline = await openPipeline();
  try {
    const slots = await pipeline.sql.query('select 1 from pg_replication_slots where slot_name = $1', [
      slotName(name),
    ]);
    expect(slots.rowCount).toBe(0);
    expect(await pipeline.admin.listTopics()).not.toContain(changesTopic(name));
    expect(await pipeline.admin.listTopics()).not.toContain(heartbeatTopic(name));
  } finally {
    await pipeline.close();
  }
});

function opOf(value: string | null): unknown {
  return value === null ? null : (JSON.parse(value) as { op?: string }).op;
}

/** Of the messages of one document, in their order. */
function tablesOf(messages: readonly RecordedMessage[], id: string): readonly string[] {
  return messages
    .filter(({ key, value }) => key === id && opOf(value) === 'r')
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ value }) => (JSON.parse(value ?? '') as { source: { table: string } }).source.table);
}
