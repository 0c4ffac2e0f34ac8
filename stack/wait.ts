/** Waiting on conditions: every wait has a deadline and can be aborted. */
import { setTimeout as delay } from 'node:timers/promises';
import { DeadlineError, messageOf } from './errors.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Tells a failure that no waiting will mend; it is thrown at once. */
  readonly fatal?: (error: unknown) => boolean;
}

/**
 * Calls `probe` until it gives something other than undefined or false, and resolves with that. A probe that throws means "not yet"; the last
 * reason is part of the DeadlineError.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T> | T,
  options: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + options.timeoutMs;
  let reason = '';
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const value = await probe();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the condition has excluded them
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    } catch (error) {
      if (options.fatal?.(error) === true) throw error;
      reason = `: ${messageOf(error)}`;
    }
    if (performance.now() >= deadline)
      throw new DeadlineError(`${what}: not within ${options.timeoutMs} ms${reason}`);
    try {
      await delay(
        options.intervalMs ?? 40,
        undefined,
        options.signal === undefined ? {} : { signal: options.signal },
      );
    } catch (error) {
      // The reason, not that something was aborted.
      options.signal?.throwIfAborted();
      throw error;
    }
  }
}
