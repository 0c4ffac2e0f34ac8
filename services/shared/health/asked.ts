/**
 * A question to a server, bounded in time. Drivers wait for half a minute and more for a server that has stopped in the middle of an
 * answer; health must say so within seconds.
 */

import { withRemedy } from '../refused-access.ts';

/** An answer, or why there is none. */
export type Asked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** Never rejects. */
export async function ask<T>(question: () => Promise<T>, timeoutMs: number): Promise<Asked<T>> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Asked<T>>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, why: `no answer within ${timeoutMs / 1000} s` }),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([settle(question), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The same question again and again. While one is still without an answer no second one is asked: a server that hangs would else
 * be met by all of them when it goes on.
 */
export function repeatedly<T>(question: () => Promise<T>, timeoutMs: number): () => Promise<Asked<T>> {
  let open: Promise<T> | null = null;
  return () =>
    ask(() => {
      open ??= question().finally(() => {
        open = null;
      });
      return open;
    }, timeoutMs);
}

async function settle<T>(question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, value: await question() };
  } catch (error) {
    return { ok: false, why: reasonOf(error) };
  }
}

/** One line; the first of several reasons. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return withRemedy(message.split('\n')[0] ?? '', error);
}
