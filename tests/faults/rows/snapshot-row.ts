/** Row 7: Kafka Connect killed in the first snapshot, while rows come and go. */
import { connectorConfig } from '../../../connectors/connector-config.ts';
import { connectorName } from '../../../services/shared/stream-names.ts';
import { waitFor } from '../../../stack/wait.ts';
import snapshot from '../../fixtures/projections/profile-snapshot.ts';
import { connectClient } from '../../support/connector-control.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { BYSTANDER, openOwnStream, rebuildNow, warnsOf } from '../../support/faults/own-stream.ts';
import { nextProcess, signalProcess } from '../../support/faults/run-system.ts';

const ROWS = 30_000;
const DELETED = 200;
const SHOWN_MS = 120_000;

export const killedInSnapshot = faultRow({
  number: 7,
  name: 'Connect kill -9 in the snapshot',
  how: `A stream of its own on tables with ${ROWS} rows more: Connect is killed when the first documents of the snapshot are there and not all of them; ${DELETED} users whose documents are there are deleted before it runs again and begins a second snapshot; health must warn of that, and a rebuild heals it.`,
  boundMs: 180_000,
  silent: true,
  timeoutMs: 600_000,
  open: () => openOwnStream(ROWS),
  inject: async ({ pipeline, projectorUrl }) => {
    const { sql, documents } = pipeline;
    await connectClient().put(
      connectorName(snapshot.stream),
      // Small portions, so that there is a middle to be killed in.
      {
        ...connectorConfig(snapshot.stream, snapshot.captured),
        'max.batch.size': '2048',
        'max.queue.size': '4096',
      },
    );
    await waitFor('the first documents', async () => (await documents.estimatedDocumentCount()) > 1000, {
      timeoutMs: SHOWN_MS,
      intervalMs: 5,
    });
    const pid = signalProcess('connect', 'SIGKILL');
    const there = await documents
      .find({ fullName: BYSTANDER }, { projection: { _id: 1 } })
      .limit(DELETED)
      .toArray();
    await sql.query('delete from users where id::text = any ($1)', [there.map(({ _id }) => _id)]);
    await nextProcess('connect', pid);
    await warnsOf(projectorUrl, 'snapshot-repeated', SHOWN_MS);
    await rebuildNow();
  },
});
