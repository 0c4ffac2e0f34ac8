import { expect, test } from '@jest/globals';
import { inChunks } from '../../services/projector/in-chunks.ts';

test('every item is worked on once, in pieces, so many at once', async () => {
  const pieces: Array<readonly number[]> = [];
  let atOnce = 0;
  let most = 0;
  await inChunks([1, 2, 3, 4, 5, 6, 7], 2, 2, async (piece) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await new Promise(setImmediate);
    pieces.push(piece);
    atOnce -= 1;
  });
  expect(pieces).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
  expect(most).toBe(2);
});

test('a failure is told when what was under way has ended, and nothing more is begun', async () => {
  const begun: number[] = [];
  let ended = false;
  const work = async ([first = 0]: readonly number[]): Promise<void> => {
    begun.push(first);
    if (first === 1) throw new Error('no');
    await new Promise(setImmediate);
    ended = true;
  };
  await expect(inChunks([1, 2, 3, 4], 1, 2, work)).rejects.toThrow('no');
  expect([begun, ended]).toEqual([[1, 2], true]);
});
