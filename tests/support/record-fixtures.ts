/**
 * Records what a real pipeline says:  node --import tsx tests/support/record-fixtures.ts [scenario …]
 * READSIDE_TEST_STACK names the running servers (see stack.ts). Each scenario of scenarios.ts becomes one file in
 * tests/fixtures/changes/: the raw Kafka messages of its documents, and the documents that Postgres itself computes.
 */
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import profile from '../../projections/profile.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import teams from '../fixtures/projections/teams.ts';
import { writeRecording } from './recorded.ts';
import type { RecordedMessage } from './recorded.ts';
import { openRecordingStream, until } from './recording-stream.ts';
import type { RecordingStack, RecordingStream } from './recording-stream.ts';
import { afterSnapshot, beforeSnapshot, streamed } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

const STREAM = 'fixtures';
/** Enough users for every partition to hold one of them. */
const MARKERS = 24;
/** Time between two updates of the markers. */
const ASK_AGAIN_MS = 3000;
const markerId = (n: number): string => `ffffffff-0000-7000-8000-${String(n).padStart(12, '0')}`;

const stack = JSON.parse(process.env['READSIDE_TEST_STACK'] ?? 'null') as RecordingStack | null;
if (stack === null) throw new Error('READSIDE_TEST_STACK must name the running servers');
const wanted = new Set(process.argv.slice(2));

const projections = [defineProjection({ ...profile.definition, stream: STREAM }), teams];
const teamTables = readFileSync(new URL('../fixtures/projections/teams.sql', import.meta.url), 'utf8');
const stream = await openRecordingStream(stack, STREAM, projections, teamTables);
try {
  const client = await stream.connect();
  for (let n = 0; n < MARKERS; n++)
    await client.query('insert into users (id, email, full_name) values ($1, $2, $3)', [
      markerId(n),
      `marker-${n}@example.com`,
      'Marker',
    ]);

  for (const scenario of beforeSnapshot) await scenario.run(client, stream.connect);
  const tables = projections.flatMap(({ captured }) => captured.map(({ table }) => `public.${table}`));
  // Children before their roots: tables are read in the order of this list.
  await stream.startConnector({ 'table.include.list': tables.toReversed().join(',') });
  await passMarker(client, stream, 'snapshot');
  for (const scenario of beforeSnapshot) await save(client, scenario, stream.messages);

  for (const scenario of streamed) {
    const from = stream.messages.length;
    await scenario.run(client, stream.connect);
    await passMarker(client, stream, scenario.name);
    await save(client, scenario, stream.messages.slice(from));
  }

  const from = stream.messages.length;
  for (const scenario of afterSnapshot) await scenario.run(client, stream.connect);
  await passMarker(client, stream, 'before the second snapshot');
  await stream.stopConnector();
  for (const scenario of afterSnapshot) await scenario.unseen?.(client);
  await stream.startConnector();
  await passMarker(client, stream, 'second snapshot');
  for (const scenario of afterSnapshot) await save(client, scenario, stream.messages.slice(from));
} finally {
  await stream.close();
}

/** Returns when everything that was committed before has been read, on every partition. */
async function passMarker(client: pg.Client, { messages }: RecordingStream, name: string): Promise<void> {
  const from = messages.length;
  const isMarker = ({ key, value }: RecordedMessage): boolean => {
    if (!key?.startsWith('ffffffff-') || value === null) return false;
    const { op, after } = JSON.parse(value) as { op: string; after: { bio: string | null } };
    return op === 'u' && after.bio === name;
  };
  let asked = 0;
  await until(async () => {
    // Asked again, because an update before the snapshot's point in time is read as a row of it, in no order that tells.
    if (Date.now() - asked > ASK_AGAIN_MS) {
      await client.query("update users set bio = $1 where email like 'marker-%'", [name]);
      asked = Date.now();
    }
    return (
      new Set(
        messages
          .slice(from)
          .filter(isMarker)
          .map(({ key }) => key),
      ).size === MARKERS
    );
  });
}

async function save(client: pg.Client, scenario: Scenario, all: readonly RecordedMessage[]): Promise<void> {
  const { name, tells, ids } = scenario;
  if (wanted.size > 0 && !wanted.has(name)) return;
  const messages = all
    .filter(({ key }) => (key === null ? scenario.withoutKey === true : ids.includes(key)))
    .toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  const documents: Record<string, string> = {};
  for (const { sourceView } of projections) {
    const { rows } = await client.query<{ id: string; document: string }>(
      `select id::text, document::text from ${sourceView.name} where id::text = any ($1) order by id`,
      [ids],
    );
    for (const { id, document } of rows) documents[id] = document;
  }
  writeRecording(name, { tells, messages, documents });
  process.stdout.write(`${name}: ${messages.length} messages, ${Object.keys(documents).length} documents\n`);
}
