/**
 * A reader never sees half of a command (invariant 10), with every batch cut: the connector hands over two changes at a time, and one of
 * the two projectors takes them one by one; and with the projector and Connect killed meanwhile. READSIDE_READS sets how many reads.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { registerConnector } from '../../connectors/register.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { connectClient } from '../support/connector-control.ts';
import { startProjector } from '../support/in-process-projector.ts';
import type { InProcessProjector } from '../support/in-process-projector.ts';
import { addNonceUser, readNonces, writeNonces, writeNoncesBySql } from '../support/nonce-writers.ts';
import type { NonceCounts, NonceUser } from '../support/nonce-writers.ts';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { readWholeTopic } from '../support/raw-topic.ts';
import { runningSystem } from '../support/stack.ts';
import { command } from '../support/system-client.ts';

const READS = Number(process.env['READSIDE_READS'] ?? 6000);
/** Of each writer, at least. */
const WRITES = 12;
const READERS = 12;
const DEADLINE_MS = 60_000;

let pipeline: Pipeline;
let projector: InProcessProjector;

const register = (settings: Record<string, string>): Promise<unknown> => {
  const { stream, captured } = pipeline.projection;
  return registerConnector(
    connectClient(),
    connectorName(stream),
    { ...connectorConfig(stream, captured), ...settings },
    DEADLINE_MS,
  );
};

beforeAll(async () => {
  pipeline = await openPipeline();
  await register({ 'max.batch.size': '2', 'max.queue.size': '4' });
  projector = await startProjector(pipeline, { batchSize: 1, fetchBytes: 1 });
}, 120_000);

afterAll(async () => {
  await projector.stop();
  await register({});
  await pipeline.close();
}, 120_000);

async function killed(name: 'projector' | 'connect'): Promise<void> {
  const victim = runningSystem().pids[name];
  if (victim === null) throw new Error(`${name} has no pid`);
  process.kill(victim, 'SIGKILL');
  await waitFor(`${name} to run again`, () => ![null, victim].includes(runningSystem().pids[name]), {
    timeoutMs: DEADLINE_MS,
  });
}

test('no answer mixes two commands', async () => {
  const users: NonceUser[] = [];
  for (let i = 0; i < 12; i++) users.push(await addNonceUser(pipeline.sql));
  await pipeline.settled();
  const stop = new AbortController();
  const counts: NonceCounts = { reads: 0, written: [0, 0, 0] };
  const wrote = (writer: number) => (): void => {
    counts.written[writer] = (counts.written[writer] ?? 0) + 1;
  };
  const isEnough = (): boolean => counts.reads >= READS && Math.min(...counts.written) >= WRITES;
  const mixed: string[] = [];
  const writers = [
    writeNonces(users.slice(0, 4), stop.signal, wrote(0)),
    writeNonces(users.slice(4, 8), stop.signal, wrote(1)),
    writeNoncesBySql(pipeline.sql, users.slice(8), stop.signal, wrote(2)),
  ];
  const readers = Array.from({ length: READERS }, (_, i) =>
    readNonces([...users.slice(i), ...users.slice(0, i)], counts, isEnough, mixed),
  );
  const at = (share: number): Promise<unknown> =>
    waitFor('the reads', () => counts.reads >= READS * share, { timeoutMs: 600_000 });
  await at(0.25);
  await killed('connect');
  await at(0.6);
  await killed('projector');
  await Promise.all(readers);
  stop.abort();
  await Promise.all(writers);
  await pipeline.settled(120_000);
  process.stderr.write(
    `  ${counts.reads} reads, ${counts.written.join(' + ')} transactions, ${mixed.length} mixed\n`,
  );
  expect(mixed).toEqual([]);
  expect((await compareDocuments(pipeline)).wrong).toEqual([]);
}, 900_000);

test('a command’s transaction ends with the root’s row, also the one that creates it', async () => {
  const { id } = await command('POST', '/users', {
    email: `root-last-${Date.now().toString(36)}@example.com`,
    fullName: 'Root Last',
    addresses: [{ label: 'home', line1: '1 Street', city: 'Lyon', country: 'FR' }],
    preferences: { theme: 'dark' },
  });
  await pipeline.settled();
  const changes = (await readWholeTopic(pipeline.projection.topic)).filter((text) =>
    text.startsWith(`${id} `),
  );
  const tables = changes.map((text) => /"table":"(\w+)"/.exec(text)?.[1]);
  expect(tables).toEqual(['addresses', 'preferences', 'users']);
});
