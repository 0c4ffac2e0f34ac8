/**
 * The time before which every commit is in the documents, as the projector has last proven it. Kept at hand by asking once
 * a second, so that no read pays for it; when nothing can be asked, the last answer stays true and only grows old.
 */
import type { Collection } from 'mongodb';
import { freshnessId } from '../../shared/freshness-record.ts';
import type { FreshnessRecord } from '../../shared/freshness-record.ts';
import type { Logger } from '../../shared/logger.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';

/** null: it was never proven. */
export type AsOf = () => Date | null;

const INTERVAL_MS = 1000;

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
  read: MajorityRead,
  logger: Logger,
): AsOfWatch {
  let latest: Date | null = null;
  const refresh = async (): Promise<void> => {
    const record = await read((options) => collection.findOne({ _id: freshnessId(projectionName) }, options));
    latest = record?.asOf ?? null;
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
    asOf: () => latest,
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
