/** Rows 13 and 14: changes delivered again. */
import { createKafka } from '../../../services/shared/kafka-client.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { waitFor } from '../../../stack/wait.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openReadSide } from '../../support/faults/read-side.ts';
import { openRunSystem } from '../../support/faults/run-system.ts';
import { addAddress, addUser } from '../../support/rows.ts';
import { stackEndpoints } from '../../support/stack.ts';
import { newestOf, recordsOf } from '../../support/faults/keyed-records.ts';

export const offsetsReset = faultRow({
  number: 13,
  name: 'Consumer offsets reset to 0',
  how: 'The projector is stopped, its group’s offsets are set to the beginning of the topic, and it is started again: every change that ever was is delivered once more, while new ones come.',
  boundMs: 90_000,
  short: true,
  open: () => openReadSide(),
  inject: async (side) => {
    const { admin, projection } = side.pipeline;
    await side.stopProjectors();
    await waitFor(
      'the group to be empty and its offsets to be reset',
      async () => {
        await admin.resetOffsets({ groupId: projection.group, topic: projection.topic, earliest: true });
        return true;
      },
      { timeoutMs: 60_000 },
    );
    await side.startProjectors();
  },
});

const USERS = 40;
const COPIES = 3;
/** Each user's insert, half of them with an address, and five deleted together with theirs. */
const RECORDS = USERS + USERS / 2 + 5 * 2;

export const sentAgain = faultRow({
  number: 14,
  name: 'Duplicated and re-sent events',
  how: `The newest change of each of ${USERS} users is written into the topic ${COPIES} more times, byte for byte, among the changes of all others.`,
  boundMs: 60_000,
  short: true,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    const { sql, projection } = pipeline;
    const ids = await Promise.all(Array.from({ length: USERS }, () => addUser(sql)));
    for (const id of ids.slice(0, USERS / 2)) await addAddress(sql, id);
    await sql.query('delete from users where id = any ($1)', [ids.slice(0, 5)]);
    const newest = newestOf(await recordsOf(projection.topic, new Set(ids), RECORDS));
    const producer = createKafka(
      'readside-resend',
      stackEndpoints().kafkaBrokers,
      createLogger('resend', 'silent'),
    ).producer({ allowAutoTopicCreation: false });
    await producer.connect();
    try {
      for (let copy = 0; copy < COPIES; copy++)
        await producer.send({
          topic: projection.topic,
          messages: newest.map(({ key, value, partition }) => ({ key, value, partition })),
        });
    } finally {
      await producer.disconnect();
    }
  },
});
