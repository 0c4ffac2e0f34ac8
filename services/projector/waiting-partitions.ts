/** The partitions that try the same batch again and again, since when and why: a wait that passes by itself, and must be seen. */
import type { Cause } from '../shared/health/causes.ts';

export interface WaitingPartitions {
  failed(partition: number, error: Error): void;
  /** It went on, or is not ours any more. */
  passed(partition: number): void;
  causes(): readonly Cause[];
}

/** An election or a restart is shorter. */
const WORTH_A_WORD_MS = 5000;

/** `now` in ms, of a clock that does not jump. */
export function createWaitingPartitions(now: () => number): WaitingPartitions {
  const waits = new Map<number, { readonly since: number; readonly why: string }>();
  return {
    failed(partition, { message }) {
      waits.set(partition, { since: waits.get(partition)?.since ?? now(), why: message });
    },
    passed: (partition) => void waits.delete(partition),
    causes: () => {
      const long = [...waits].filter(([, { since }]) => now() - since > WORTH_A_WORD_MS);
      if (long.length === 0) return [];
      const each = long.map(
        ([partition, { since, why }]) =>
          `partition ${partition} has tried the same changes for ${Math.round((now() - since) / 1000)} s: ${why}`,
      );
      return [
        {
          code: 'partition-waits',
          text: each.join('; '),
          remedy: 'mend what it says; it goes on by itself, and nothing is skipped',
        },
      ];
    },
  };
}
