import type { System } from '../../cli/local/system.ts';

/** Runs on a system that is otherwise idle and returns plain figures; `tell` shows progress to a person. */
export type Benchmark = (
  system: System,
  signal: AbortSignal,
  tell: (line: string) => void,
) => Promise<unknown>;
