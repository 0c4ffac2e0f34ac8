/** From delivery to commit: what is held back is applied later, and nothing is committed before it is applied (invariants 5 and 10). */
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import type { DueReach } from '../../services/projector/apply-batch.ts';
import { createPartitionWorker } from '../../services/projector/partition-worker.ts';
import type { Delivery } from '../../services/projector/change-feed.ts';
import type { TailWait } from '../../services/projector/tail-wait.ts';
import { waitFor } from '../../stack/wait.ts';

function change(offset: number, txId: number, table: string) {
  const source = { table, txId, lsn: offset, ts_us: 1 };
  const value = Buffer.from(JSON.stringify({ op: 'u', before: null, after: {}, source }));
  return { offset, key: Buffer.from('u1'), value, timestamp: 0 };
}

function setUp() {
  const applied: number[][] = [];
  const committed: number[] = [];
  const failures: unknown[] = [];
  let splits = 0;
  let endWait: (isOver: boolean) => void = () => undefined;
  const lost = new AbortController();
  const tailWait: TailWait = {
    over: (_lsn, signal) =>
      new Promise((resolve) => {
        endWait = resolve;
        signal.addEventListener('abort', () => resolve(false), { once: true });
      }),
  };
  let failNext: Error | null = null;
  const reached: string[][] = [];
  const due = new Map<number, DueReach>();
  let pending = 0;
  let reaching: Promise<void> = Promise.resolve();
  let failReach: Error | null = null;
  let gate: Promise<void> = Promise.resolve();
  const worker = createPartitionWorker(
    {
      projection: profile,
      reach: async (companions) => {
        reached.push([...companions]);
        await reaching;
        if (failReach) throw failReach;
      },
      reachesPending: { inc: (more) => void (pending += Number(more)) },
      tailWait,
      onSplit: () => {
        splits += 1;
      },
      apply: async ({ changes }) => {
        await gate;
        if (failNext) throw failNext;
        applied.push(changes.map(({ raw }) => raw.offset));
        return due.get(changes[0]?.raw.offset ?? -1) ?? null;
      },
    },
    {
      partition: 0,
      signal: lost.signal,
      commit: (next) => void committed.push(next),
      fail: (e) => void failures.push(e),
    },
  );
  const take = async (delivery: Delivery): Promise<void> => {
    await worker.take(delivery);
    await worker.settled();
  };
  return {
    worker,
    take,
    lost,
    applied,
    committed,
    failures,
    reached,
    /** A batch that begins with this change leaves these companions to be reached. */
    due: (offset: number, ...ids: readonly string[]) => void due.set(offset, { ids, from: offset }),
    pending: () => pending,
    /** No reach ends until the returned function is called. */
    holdReaches: () => {
      let open: () => void = () => undefined;
      reaching = new Promise((resolve) => {
        open = resolve;
      });
      return () => open();
    },
    failReachWith: (error: Error) => {
      failReach = error;
    },
    splits: () => splits,
    endWait: (isOver: boolean) => endWait(isOver),
    /** Nothing is applied until the returned function is called. */
    hold: () => {
      let open: () => void = () => undefined;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => open();
    },
    failWith: (error: Error) => {
      failNext = error;
    },
  };
}

describe('a half delivered transaction', () => {
  test('is neither applied nor committed, and then applied with its rest', async () => {
    const { take, applied, committed, splits } = setUp();
    await take({
      changes: [change(1, 7, 'users'), change(2, 8, 'addresses')],
      next: 4,
      moreWaits: false,
    });
    expect([applied, committed]).toEqual([[[1]], [2]]);
    await take({ changes: [change(5, 8, 'users')], next: 7, moreWaits: false });
    expect([applied, committed]).toEqual([
      [[1], [2, 5]],
      [2, 7],
    ]);
    expect(splits()).toBe(0);
  });

  test('is applied when nothing more is to be expected; what comes after is told as a split', async () => {
    const { take, applied, committed, endWait, splits } = setUp();
    await take({ changes: [change(2, 8, 'addresses')], next: 4, moreWaits: false });
    endWait(true);
    await waitFor('the release', () => applied.length === 1, { timeoutMs: 5000 });
    expect([applied, committed]).toEqual([[[2]], [2, 4]]);
    await take({ changes: [change(5, 8, 'users')], next: 6, moreWaits: false });
    expect(splits()).toBe(1);
  });

  test('markers that pass by do not release it, and are committed with it', async () => {
    const { take, applied, committed } = setUp();
    await take({ changes: [change(2, 8, 'addresses')], next: 3, moreWaits: true });
    await take({ changes: [], next: 4, moreWaits: false });
    expect([applied, committed]).toEqual([[], [2, 2]]);
    await take({ changes: [change(5, 9, 'users')], next: 7, moreWaits: false });
    expect([applied, committed.at(-1)]).toEqual([[[2, 5]], 7]);
  });

  test('is dropped with the partition: its changes come again', async () => {
    const { take, applied, lost, endWait } = setUp();
    await take({ changes: [change(2, 8, 'addresses')], next: 4, moreWaits: false });
    lost.abort(new Error('taken away'));
    endWait(true);
    await expect(take({ changes: [], next: 5, moreWaits: false })).rejects.toThrow('taken away');
    expect(applied).toEqual([]);
  });

  test('tells the session when it cannot be applied after its wait', async () => {
    const { take, failures, failWith, endWait } = setUp();
    await take({ changes: [change(2, 8, 'addresses')], next: 4, moreWaits: false });
    failWith(new Error('no'));
    endWait(true);
    await waitFor('the failure', () => failures.length === 1, { timeoutMs: 5000 });
    expect(failures).toEqual([new Error('no')]);
  });
});

describe('while one delivery is applied', () => {
  test('more may be fetched, and what comes then waits; each is committed when it is applied, in order', async () => {
    const { worker, committed, hold } = setUp();
    const release = hold();
    const takeOne = (offset: number) =>
      worker.take({ changes: [change(offset, offset, 'users')], next: offset + 1, moreWaits: false });
    await takeOne(1);
    let isTaken = false;
    const second = (async () => {
      await takeOne(2);
      isTaken = true;
    })();
    await new Promise(setImmediate);
    expect([isTaken, committed]).toEqual([false, []]);
    release();
    await second;
    await worker.settled();
    expect(committed).toEqual([2, 3]);
  });

  test('a failure is told to the session, and nothing after it is applied or committed', async () => {
    const { worker, applied, committed, failures, failWith } = setUp();
    failWith(new Error('no'));
    await worker.take({ changes: [change(1, 1, 'users')], next: 2, moreWaits: false });
    await worker.take({ changes: [change(2, 2, 'users')], next: 3, moreWaits: false });
    await worker.settled();
    expect([applied, committed, failures]).toEqual([[], [], [new Error('no')]]);
  });
});

describe('while companions are reached', () => {
  const takeOne = async ({ take }: Pick<ReturnType<typeof setUp>, 'take'>, offset: number): Promise<void> =>
    take({ changes: [change(offset, offset, 'users')], next: offset + 1, moreWaits: false });

  test('what comes after is applied, and nothing from the change on is committed until it is over', async () => {
    const setup = setUp();
    const { applied, committed, reached, pending, due, holdReaches } = setup;
    const release = holdReaches();
    due(5, 'people:a', 'people:b');
    await takeOne(setup, 4);
    await takeOne(setup, 5);
    await takeOne(setup, 6);
    expect([applied, committed]).toEqual([
      [[4], [5], [6]],
      [5, 5, 5],
    ]);
    expect([reached, pending()]).toEqual([[['people:a', 'people:b']], 2]);
    release();
    await waitFor('the commit', () => committed.at(-1) === 7, { timeoutMs: 5000 });
    expect(pending()).toBe(0);
  });

  test('those that come meanwhile are reached together, and what is under way is reached once more', async () => {
    const setup = setUp();
    const { committed, reached, due, holdReaches } = setup;
    const release = holdReaches();
    for (const [offset, id] of [
      [1, 'people:a'],
      [2, 'people:a'],
      [3, 'people:b'],
    ] as const) {
      due(offset, id);
      await takeOne(setup, offset);
    }
    expect([reached, committed]).toEqual([[['people:a']], [1, 1, 1]]);
    release();
    await waitFor('the commit', () => committed.at(-1) === 4, { timeoutMs: 5000 });
    expect([reached, committed]).toEqual([
      [['people:a'], ['people:a', 'people:b']],
      [1, 1, 1, 2, 4],
    ]);
  });

  test('when the partition is taken away the worker has settled only when what is under way has ended', async () => {
    const setup = setUp();
    const { worker, lost, committed, reached, pending, due, holdReaches } = setup;
    const release = holdReaches();
    due(1, 'people:a');
    due(2, 'people:b');
    await takeOne(setup, 1);
    await takeOne(setup, 2);
    lost.abort(new Error('taken away'));
    let isSettled = false;
    const settled = (async () => {
      await worker.settled();
      isSettled = true;
    })();
    await new Promise(setImmediate);
    expect([isSettled, pending()]).toEqual([false, 0]);
    release();
    await settled;
    expect([reached, committed]).toEqual([[['people:a']], [1, 1]]);
  });

  test('a failure is told to the session, and nothing more is committed', async () => {
    const setup = setUp();
    const { committed, failures, due, failReachWith } = setup;
    failReachWith(new Error('no'));
    due(1, 'people:a');
    await takeOne(setup, 1);
    await waitFor('the failure', () => failures.length === 1, { timeoutMs: 5000 });
    await takeOne(setup, 2);
    expect(committed.every((next) => next <= 1)).toBe(true);
  });
});
