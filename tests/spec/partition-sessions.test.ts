/** A session that is closed loses what its worker holds back: nothing may be delivered behind that. */
import { describe, expect, test } from '@jest/globals';
import type { PartitionSession } from '../../services/projector/change-feed.ts';
import { createPartitionSessions } from '../../services/projector/partition-sessions.ts';
import type { PartitionSessions } from '../../services/projector/partition-sessions.ts';
import { createPositions } from '../../services/projector/positions.ts';

const ENDS = async () => ({ low: 0, end: 100 });
const delivered = (fetched: number, through: number) => ({
  fetched,
  through,
  changes: [{ offset: through, timestamp: through }],
});

/** A partition of which all before 20 was handed over, and all before 10 is in the documents. */
async function holdingBack() {
  const positions = createPositions({ load: async () => undefined, save: async () => undefined });
  const opened: PartitionSession[] = [];
  const commits: number[] = [];
  const failures: unknown[] = [];
  const sessions = createPartitionSessions({
    positions,
    open: (session) => {
      opened.push(session);
      return { take: async () => undefined, settled: async () => undefined };
    },
    committed: (_partition, next) => commits.push(next),
    failed: (_partition, error) => failures.push(error),
  });
  const session = sessions.of(0);
  await positions.check(0, delivered(0, 19), ENDS);
  positions.pass(0, { offset: 19, timestamp: 19 });
  positions.fetch(0, 20);
  opened[0]?.commit(10);
  return { positions, sessions, session, opened, commits, failures };
}

describe('a partition whose worker holds changes back', () => {
  test('goes on behind what was fetched while its session is open', async () => {
    const { positions, sessions, session } = await holdingBack();
    expect(sessions.of(0)).toBe(session);
    expect(await positions.check(0, delivered(20, 29), ENDS)).toBe(true);
  });

  test.each([
    ['it is lost', (sessions: PartitionSessions) => void sessions.close(0, new Error('lost'))],
    ['the group rebalances', (sessions: PartitionSessions) => sessions.closeAll(new Error('rebalancing'))],
  ])('begins again where it is applied when %s', async (_when, close) => {
    const { positions, sessions, session } = await holdingBack();
    close(sessions);
    expect(sessions.isOpen(0, session)).toBe(false);

    // What kafkajs had queued is delivered to a session opened anew.
    expect(sessions.of(0)).not.toBe(session);
    expect(await positions.check(0, delivered(20, 29), ENDS)).toBe(false);
    expect(await positions.check(0, delivered(10, 29), ENDS)).toBe(true);
  });

  test('does so too when it is closed while a delivery is being checked', async () => {
    const { positions, sessions } = await holdingBack();
    const checking = positions.check(0, delivered(20, 29), ENDS);
    expect(sessions.close(0, new Error('lost'))).toBe(10);
    expect(await checking).toBe(false);
  });

  test('hears nothing more of a worker whose session is closed', async () => {
    const { positions, sessions, opened, commits, failures } = await holdingBack();
    sessions.close(0, new Error('lost'));
    opened[0]?.commit(20);
    opened[0]?.fail(new Error('late'));
    expect(positions.reached(0)).toBe(10);
    expect(commits).toEqual([10]);
    expect(failures).toEqual([]);
  });

  test('is drained: what was taken is applied and committed before it is closed', async () => {
    const commits: number[] = [];
    let finish: () => void = () => undefined;
    const sessions = createPartitionSessions({
      positions: createPositions({ load: async () => undefined, save: async () => undefined }),
      open: (session) => {
        const applied = new Promise<void>((resolve) => {
          finish = () => {
            session.commit(30);
            resolve();
          };
        });
        return { take: async () => undefined, settled: () => applied };
      },
      committed: (_partition, next) => commits.push(next),
      failed: () => undefined,
    });
    const { lost } = sessions.of(0);
    const draining = sessions.drain(new Error('stopped'));
    await Promise.resolve();
    expect([lost.aborted, commits]).toEqual([false, []]);
    finish();
    await draining;
    expect([lost.aborted, commits]).toEqual([true, [30]]);
  });

  test('is waited for when all are drained, though it was closed before: it may still be writing', async () => {
    let finish: () => void = () => undefined;
    const applied = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const sessions = createPartitionSessions({
      positions: createPositions({ load: async () => undefined, save: async () => undefined }),
      open: () => ({ take: async () => undefined, settled: () => applied }),
      committed: () => undefined,
      failed: () => undefined,
    });
    sessions.of(0);
    sessions.closeAll(new Error('rebalancing'));
    let isDrained = false;
    const draining = (async () => {
      await sessions.drain(new Error('stopped'));
      isDrained = true;
    })();
    await new Promise(setImmediate);
    expect(isDrained).toBe(false);
    finish();
    await draining;
  });
});
