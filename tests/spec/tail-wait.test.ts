/** The end of a transaction is released only when the slot has passed it (invariant 10), however long that takes. */
import { expect, test } from '@jest/globals';
import { createTailWait } from '../../services/projector/tail-wait.ts';
import type { AskSlot } from '../../services/projector/tail-wait.ts';
import { createLogger } from '../../services/shared/logger.ts';

const NEVER = new AbortController().signal;

/** Answers one after the other, the last one for ever. */
function slotOf(...answers: readonly (Awaited<ReturnType<AskSlot>> | Error)[]) {
  let asked = 0;
  const ask: AskSlot = () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? null);
  };
  let looks = 0;
  const wait = createTailWait(ask, () => (looks += 1), createLogger('tail-wait', 'silent'));
  return { wait, asked: () => asked, looks: () => looks };
}

test('is waited for until the slot has passed it, and each look is no standstill', async () => {
  const { wait, asked, looks } = slotOf({ confirmedLsn: 9 }, { confirmedLsn: 10 }, { confirmedLsn: 11 });
  expect(await wait.over(10, NEVER)).toBe(true);
  expect([asked(), looks()]).toEqual([3, 2]);
});

test('is waited for while Postgres cannot be asked', async () => {
  const { wait, asked } = slotOf(new Error('away'), new Error('away'), { confirmedLsn: 11 });
  expect(await wait.over(10, NEVER)).toBe(true);
  expect(asked()).toBe(3);
});

test('is not waited for where there is no slot: nothing will come', async () => {
  expect(await slotOf(null).wait.over(10, NEVER)).toBe(true);
});

test('of what did not come from the connector nothing is known, and nobody is asked', async () => {
  const { wait, asked } = slotOf(new Error('not to be asked'));
  expect(await wait.over(null, NEVER)).toBe(true);
  expect(asked()).toBe(0);
});

test('ends when more has come', async () => {
  const more = new AbortController();
  const { wait } = slotOf({ confirmedLsn: 9 });
  const over = wait.over(10, more.signal);
  more.abort();
  expect(await over).toBe(false);
});
