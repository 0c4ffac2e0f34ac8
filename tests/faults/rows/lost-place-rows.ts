/** Rows 12, 22, 23, 25 and 30: what a stream loses for good, and the rebuild that heals it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectorName, slotName } from '../../../services/shared/stream-names.ts';
import { createConnectClient } from '../../../services/shared/connect/connect-client.ts';
import { registerConnectors } from '../../../cli/local/deploy.ts';
import { waitUntilState } from '../../../connectors/register.ts';
import { waitFor } from '../../../stack/wait.ts';
import snapshot from '../../fixtures/projections/profile-snapshot.ts';
import { startCli } from '../../support/cli.ts';
import { connectClient } from '../../support/connector-control.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openOwnSystem } from '../../support/faults/own-system.ts';
import {
  addBystanders,
  deleteBystanders,
  dropSlot,
  openRunningStream,
  OWN_STREAM_FILE,
  rebuildNow,
  saysWhy,
} from '../../support/faults/own-stream.ts';
import { stackEndpoints, testDataDir } from '../../support/stack.ts';

const WAIT_MS = 60_000;
const UNSEEN = 50;

export const topicTruncated = faultRow({
  number: 12,
  name: 'Topic truncated below the committed offset',
  how: 'While the projector is down, everything in the topic is deleted, what it has not read among it; it must say so within 10 s and pass over nothing, and a rebuild heals it.',
  boundMs: 120_000,
  timeoutMs: 600_000,
  open: openRunningStream,
  inject: async (side) => {
    const { admin, projection } = side.pipeline;
    await side.stopProjectors();
    const before = await admin.fetchTopicOffsets(projection.topic);
    await waitFor(
      'changes that nobody has read, in each partition',
      async () => {
        const now = await admin.fetchTopicOffsets(projection.topic);
        return before.every(({ partition, high }) =>
          now.some((each) => each.partition === partition && Number(each.high) > Number(high) + 50),
        );
      },
      { timeoutMs: WAIT_MS },
    );
    const ends = await admin.fetchTopicOffsets(projection.topic);
    await admin.deleteTopicRecords({
      topic: projection.topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
    await side.startProjectors({}, { ready: false });
    await saysWhy(side.projectorUrl, /rebuild/);
    await rebuildNow();
  },
});

export const slotDropped = faultRow({
  number: 22,
  name: 'Slot dropped',
  how: `The slot is taken from the running connector and dropped; ${UNSEEN} users are deleted that nothing will tell of. Health must say so within 10 s, and a rebuild heals it.`,
  boundMs: 120_000,
  timeoutMs: 600_000,
  open: openRunningStream,
  inject: async (side) => {
    await dropSlot(side.pipeline);
    await deleteBystanders(side.pipeline, UNSEEN);
    await saysWhy(side.projectorUrl, /slot/);
    await rebuildNow();
  },
});

export const slotLost = faultRow({
  number: 23,
  name: 'Slot lost (tiny max_slot_wal_keep_size)',
  how: 'In a system of its own, with the connector stopped and max_slot_wal_keep_size at 1 MB, Postgres writes more WAL than that and gives the slot up; a rebuild heals it.',
  boundMs: 120_000,
  timeoutMs: 600_000,
  open: () => openOwnSystem(() => () => undefined),
  inject: async ({ pipeline, system, dataDir }) => {
    const { sql, projection } = pipeline;
    await addBystanders(pipeline, UNSEEN);
    const client = createConnectClient(system.info().connectUrl);
    await client.stop(connectorName(projection.stream));
    await waitUntilState(client, connectorName(projection.stream), 'STOPPED', WAIT_MS);
    await sql.query("alter system set max_slot_wal_keep_size = '1MB'");
    await sql.query('select pg_reload_conf()');
    await waitFor(
      'the slot to be lost',
      async () => {
        await sql.query("select pg_logical_emit_message(false, 'filler', repeat('x', 1000000))");
        await sql.query('select pg_switch_wal()');
        await sql.query('checkpoint');
        const { rows } = await sql.query<{ wal_status: string }>(
          'select wal_status from pg_replication_slots where slot_name = $1',
          [slotName(projection.stream)],
        );
        return rows[0]?.wal_status === 'lost';
      },
      { timeoutMs: WAIT_MS },
    );
    await deleteBystanders(pipeline, UNSEEN);
    await sql.query('alter system reset max_slot_wal_keep_size');
    await sql.query('select pg_reload_conf()');
    await saysWhy(system.info().projectorUrl, /slot/);
    await rebuildNow(projection.name, dataDir);
  },
});

export const registeredAgain = faultRow({
  number: 25,
  name: 'Connector deleted and registered again',
  how: `The connector is deleted; ${UNSEEN} users are deleted and others written; five seconds later it is registered again, and goes on where its slot stands.`,
  boundMs: 120_000,
  timeoutMs: 400_000,
  open: openRunningStream,
  inject: async ({ pipeline }) => {
    await connectClient().delete(connectorName(snapshot.stream));
    await deleteBystanders(pipeline, UNSEEN);
    await sleep(5000);
    await registerConnectors(stackEndpoints().connectUrl, [snapshot]);
  },
});

export const rebuildKilled = faultRow({
  number: 30,
  name: 'Rebuild under load, killed half-way',
  how: 'A rebuild is killed while it copies, started again, and ends.',
  boundMs: 120_000,
  timeoutMs: 600_000,
  open: openRunningStream,
  inject: async () => {
    const killed = startCli(['rebuild', OWN_STREAM_FILE], testDataDir());
    await waitFor('the rebuild to copy', () => killed.stderr().includes('copying'), { timeoutMs: WAIT_MS });
    killed.kill('SIGKILL');
    await killed.done;
    await rebuildNow();
  },
});
