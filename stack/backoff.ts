/** How long to wait before a process is started again: doubling up to a cap, with jitter, and from the beginning after a good run. */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that ran at least this long was well: its next death starts the row anew. */
  readonly resetAfterMs: number;
}

export const defaultBackoff: BackoffOptions = { firstMs: 200, maxMs: 10_000, resetAfterMs: 30_000 };

/** `random` is in [0, 1); the delay is between half and the whole of the row's value, so that processes that died together do not start together. */
export function createBackoff(
  options: BackoffOptions,
  random: () => number = Math.random,
): { next(ranMs: number): number } {
  let deaths = 0;
  return {
    next(ranMs) {
      if (ranMs >= options.resetAfterMs) deaths = 0;
      const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(deaths, 30));
      deaths += 1;
      return Math.round(full * (0.5 + random() / 2));
    },
  };
}
