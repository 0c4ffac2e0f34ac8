/** Whether the feed lives: kafkajs can end without a word, or go round without ever fetching a partition (design §4). */
export interface ProgressWatch {
  /** Something was applied, tried again or joined. */
  moved(): void;
  /** A fetch came back. */
  fetched(): void;
  /** Why this process must be started again; null: it lives. `isAhead`: Kafka holds what was not applied. */
  standstill(isAhead: boolean): string | null;
  /** The same for one that has not joined the group. `isAnswering`: Kafka does, so it is not what is waited for. */
  outside(isAnswering: boolean): string | null;
}

/** A transaction left open by a dead connector holds back what follows for up to a minute, and looks like a standstill. */
const OPEN_TRANSACTION_MS = 90_000;

export function createProgressWatch(
  limitMs: number,
  now: () => number = () => performance.now(),
): ProgressWatch {
  let movedAt = now();
  let fetchedAt = now();
  return {
    moved() {
      movedAt = now();
    },
    fetched() {
      fetchedAt = now();
    },
    standstill(isAhead) {
      if (!isAhead) {
        movedAt = now();
        return null;
      }
      const still = now() - movedAt;
      const silent = Math.min(still, now() - fetchedAt);
      if (silent > limitMs)
        return `nothing was fetched or applied for ${seconds(silent)} while Kafka holds more`;
      if (still > limitMs + OPEN_TRANSACTION_MS)
        return `nothing was applied for ${seconds(still)} while Kafka holds more`;
      return null;
    },
    outside(isAnswering) {
      if (!isAnswering) movedAt = now();
      const still = now() - movedAt;
      return still > limitMs
        ? `the consumer group was not joined for ${seconds(still)}, and Kafka answers`
        : null;
    },
  };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
