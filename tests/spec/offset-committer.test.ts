import { describe, expect, test } from '@jest/globals';
import { createOffsetCommitter } from '../../services/projector/offset-committer.ts';
import { deferred } from '../../stack/deferred.ts';

/** Longer than any test: what is sent after a pause is not sent here. */
const PAUSE_MS = 600_000;

function committing(fail: readonly number[] = []) {
  const sent: Array<ReadonlyArray<readonly [number, number]>> = [];
  const failures: unknown[] = [];
  const committer = createOffsetCommitter(
    async (positions) => {
      sent.push([...positions]);
      if (fail.includes(sent.length)) throw new Error(`commit ${sent.length}`);
    },
    (error) => failures.push(error),
    PAUSE_MS,
  );
  return { committer, sent, failures };
}

describe('what Kafka is told', () => {
  test('the first position is told at once, and of those after it the newest of each partition, together', async () => {
    const { committer, sent } = committing();
    committer.commit(0, 5);
    expect(sent).toEqual([[[0, 5]]]);
    committer.commit(0, 6);
    committer.commit(1, 3);
    committer.commit(0, 9);
    expect(sent).toHaveLength(1);
    await committer.flush();
    expect(sent).toEqual([
      [[0, 5]],
      [
        [0, 9],
        [1, 3],
      ],
    ]);
  });

  test('a request under way is waited for, and no second is sent beside it', async () => {
    const answered = deferred();
    const sent: number[] = [];
    const committer = createOffsetCommitter(
      async (positions) => {
        sent.push(positions.get(0) ?? -1);
        if (sent.length === 1) await answered.promise;
      },
      () => undefined,
      PAUSE_MS,
    );
    committer.commit(0, 1);
    committer.commit(0, 2);
    const flushed = committer.flush();
    expect(sent).toEqual([1]);
    answered.resolve();
    await flushed;
    expect(sent).toEqual([1, 2]);
  });

  test('nothing is told of partitions that were given out anew', async () => {
    const { committer, sent } = committing();
    committer.commit(0, 5);
    committer.commit(0, 6);
    committer.drop();
    await committer.flush();
    expect(sent).toEqual([[[0, 5]]]);
  });

  test('a commit that fails is told, and the next one is sent', async () => {
    const { committer, sent, failures } = committing([1]);
    committer.commit(0, 5);
    committer.commit(0, 6);
    await committer.flush();
    expect(sent).toEqual([[[0, 5]], [[0, 6]]]);
    expect(failures).toEqual([new Error('commit 1')]);
  });
});
