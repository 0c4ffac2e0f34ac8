/** Row 7: Kafka Connect killed in the first snapshot, while rows come and go. */
import { prepareTopics } from '../../../cli/local/deploy.ts';
import { connectorConfig } from '../../../connectors/connector-config.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../../connectors/topics.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { connectorName } from '../../../services/shared/stream-names.ts';
import { waitFor } from '../../../stack/wait.ts';
import snapshot from '../../fixtures/projections/profile-snapshot.ts';
import { connectClient } from '../../support/connector-control.ts';
import { dropStream } from '../../support/drop-stream.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openReadSide } from '../../support/faults/read-side.ts';
import type { ReadSide } from '../../support/faults/read-side.ts';
import { nextProcess, signalProcess } from '../../support/faults/run-system.ts';
import { stackEndpoints } from '../../support/stack.ts';

const ROWS = 30_000;
const DELETED = 200;
const SHOWN_MS = 120_000;

export const killedInSnapshot = faultRow({
  number: 7,
  name: 'Connect kill -9 in the snapshot',
  how: `A stream of its own on tables with ${ROWS} rows more: Connect is killed when the first documents of the snapshot are there and not all of them; ${DELETED} users whose documents are there are deleted before it runs again.`,
  boundMs: 180_000,
  silent: true,
  timeoutMs: 600_000,
  open: openStream,
  inject: async ({ pipeline }) => {
    const { sql, documents } = pipeline;
    await connectClient().put(
      connectorName(snapshot.stream),
      // Small portions, so that there is a middle to be killed in.
      {
        ...connectorConfig(snapshot.stream, snapshot.captured),
        'max.batch.size': '256',
        'max.queue.size': '512',
      },
    );
    await waitFor('the first documents', async () => (await documents.estimatedDocumentCount()) > 1000, {
      timeoutMs: SHOWN_MS,
      intervalMs: 5,
    });
    const pid = signalProcess('connect', 'SIGKILL');
    const there = await documents
      .find({}, { projection: { _id: 1 } })
      .limit(DELETED)
      .toArray();
    await sql.query('delete from users where id::text = any ($1)', [there.map(({ _id }) => _id)]);
    await nextProcess('connect', pid);
  },
});

async function openStream(): Promise<ReadSide> {
  const settings = { ...DEFAULT_TOPIC_SETTINGS, partitions: 4 };
  await prepareTopics(
    stackEndpoints().kafkaBrokers,
    [snapshot],
    settings,
    createLogger('snapshot', 'silent'),
  );
  const side = await openReadSide({
    projection: { file: 'profile-snapshot.ts', is: snapshot },
    settle: false,
  });
  await side.pipeline.sql.query(
    "insert into users (email, full_name) select 'snapshot.' || gen_random_uuid() || '@example.com', 'there before' from generate_series(1, $1)",
    [ROWS],
  );
  return {
    ...side,
    close: async () => {
      await side.stopProjectors();
      await dropStream(side.pipeline);
      await side.close();
    },
  };
}
