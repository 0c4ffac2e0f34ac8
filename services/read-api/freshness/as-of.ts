/**
 * The time before which every commit is in the documents, as the projector has last proven it. Kept at hand by asking once
 * a second, so that no read pays for it; when nothing can be asked, the last answer stays true and only grows old.
 */
import type { Collection, Timestamp } from 'mongodb';
import { freshnessId } from '../../shared/freshness-record.ts';
import type { FreshnessRecord } from '../../shared/freshness-record.ts';
import type { Logger } from '../../shared/logger.ts';
import type { MajorityReads } from '../readers/majority-reads.ts';

/**
 * The latest that was proven, or null. `until`: the latest that holds of an answer which shows all changes up to that cluster time; the record
 * of a later one may count changes that the answer does not show.
 */
export type AsOf = (until?: Timestamp | null) => Date | null;

interface Proven {
  readonly asOf: Date;
  readonly readAt: Timestamp | undefined;
}

const INTERVAL_MS = 1000;
/** However often it is asked: a change stream is not so far behind that none of them holds of what it has told. */
const KEPT = 100;

export interface AsOfWatch {
  readonly asOf: AsOf;
  /** Asks at once. Rejects when MongoDB cannot be read. */
  readonly refresh: () => Promise<void>;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

export function watchAsOf(
  projectionName: string,
  collection: Collection<FreshnessRecord>,
  { read, seen }: MajorityReads,
  logger: Logger,
): AsOfWatch {
  let proven: readonly Proven[] = [];
  const refresh = async (): Promise<void> => {
    const record = await read((options) => collection.findOne({ _id: freshnessId(projectionName) }, options));
    // At `seen` or before: a majority holds all that the record counts.
    proven = record ? [{ asOf: record.asOf, readAt: seen() }, ...proven].slice(0, KEPT) : [];
  };
  let running: Promise<void> | null = null;
  const tick = (): void => {
    running ??= refresh()
      .catch((error: unknown) => logger.debug({ err: error }, 'freshness is not known now'))
      .finally(() => {
        running = null;
      });
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    asOf: (until) =>
      (until ? proven.find(({ readAt }) => readAt?.lessThanOrEqual(until)) : proven[0])?.asOf ?? null,
    refresh,
    start: () => {
      timer = setInterval(tick, INTERVAL_MS);
      tick();
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
