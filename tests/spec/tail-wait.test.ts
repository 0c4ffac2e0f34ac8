/** The end of a transaction is released only with a proof that nothing more of it is to come (invariant 10), however long that takes. */
import { expect, test } from '@jest/globals';
import { createTailWait } from '../../services/projector/tail-wait.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { waitFor } from '../../stack/wait.ts';

const NEVER = new AbortController().signal;

interface Answer {
  readonly current: number;
  /** null: there is no slot. */
  readonly confirmed: number | null;
  readonly end?: number;
}

/** Answers one after the other, the last one for ever; what was fetched ends at offset 5. */
function askedOf(...answers: readonly (Answer | Error)[]) {
  let looks = -1;
  const now = (): Answer => {
    const answer = answers[Math.min(looks, answers.length - 1)] ?? new Error('no answer');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const wait = createTailWait({
    askSource: async () => {
      looks += 1;
      const { current, confirmed } = now();
      return { currentLsn: current, slot: confirmed === null ? null : { confirmedLsn: confirmed } };
    },
    askEnd: async () => now().end ?? 5,
    onWait: () => (waits += 1),
    logger: createLogger('tail-wait', 'silent'),
  });
  let waits = 0;
  const over = (signal = NEVER): Promise<boolean> => wait.over({ partition: 0, next: () => 5 }, signal);
  return { over, looks: () => looks + 1, waits: () => waits };
}

test('is waited for until the slot has confirmed what the WAL held at the first look, and each look is no standstill', async () => {
  const { over, looks, waits } = askedOf(
    { current: 10, confirmed: 9 },
    { current: 20, confirmed: 9 },
    { current: 30, confirmed: 10 },
  );
  expect(await over()).toBe(true);
  expect([looks(), waits()]).toEqual([3, 2]);
});

test('is waited for while Postgres cannot be asked', async () => {
  const { over, looks } = askedOf(new Error('away'), new Error('away'), { current: 10, confirmed: 10 });
  expect(await over()).toBe(true);
  expect(looks()).toBe(3);
});

test('is not waited for where there is no slot: nothing will come', async () => {
  expect(await askedOf({ current: 10, confirmed: null }).over()).toBe(true);
});

test('is waited for while Kafka holds what was not fetched', async () => {
  const more = new AbortController();
  const { over, waits } = askedOf({ current: 10, confirmed: 10, end: 7 });
  const released = over(more.signal);
  await waitFor('three looks', () => waits() >= 3, { timeoutMs: 5000 });
  more.abort();
  expect(await released).toBe(false);
});
