/**
 * Keeps a projection from being folded from changes that lack what it needs. Before it begins, the catalog is asked, and the projector waits
 * until it fits. Later, when a change does not fit, it is asked again. If the source does not fit, the partition is held: nothing of the
 * batch is saved, nothing is skipped, the process lives on and says why. If it does, the change alone is at fault, and harms its
 * own document only.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { checkSource } from '../shared/check/check-source.ts';
import { readSourceCatalog } from '../shared/check/source-catalog.ts';
import { viewMark } from '../shared/check/view-mark.ts';
import type { Cause } from '../shared/health/causes.ts';
import type { Logger } from '../shared/logger.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { StallError } from './change-feed.ts';
import type { RefusedChange } from './fold-document.ts';

const LOOK_AGAIN_MS = 3000;

export interface SchemaGuard {
  /** Resolves when the source has all that the projection needs, or cannot be asked. */
  untilFit(signal: AbortSignal): Promise<void>;
  /** Whether the change may be put aside. @throws StallError when the source does not fit, or cannot be asked. */
  readonly judge: (misfit: RefusedChange, partition: number) => Promise<void>;
  /** The partition goes on. */
  passed(partition: number): void;
  causes(): readonly Cause[];
}

export function createSchemaGuard(projection: Projection, pool: Pool, logger: Logger): SchemaGuard {
  const remedy = `readside check ${projection.name}`;
  const held = new Map<number, string>();
  let unfit: readonly string[] = [];

  /** What keeps the source from fitting; null when it cannot be asked. */
  async function blocking(): Promise<readonly string[] | null> {
    try {
      const catalog = await readSourceCatalog(pool, projection);
      const findings = checkSource(projection, catalog, viewMark(projection.sourceView));
      if (findings.length > 0) logger.warn({ findings }, 'the source does not fit the projection');
      return findings.filter((finding) => finding.blocking).map(({ text }) => text);
    } catch (error) {
      logger.warn({ err: error }, 'the source cannot be asked whether it fits the projection');
      return null;
    }
  }

  return {
    async untilFit(signal) {
      for (;;) {
        // What is in Kafka can be applied without Postgres; a change that does not fit will be held.
        unfit = (await blocking()) ?? [];
        if (unfit.length === 0) return;
        logger.error(`nothing is consumed: ${unfit.join('; ')}: ${remedy}`);
        await sleep(LOOK_AGAIN_MS, undefined, { signal });
      }
    },

    async judge({ offset, error }, partition) {
      if ((await blocking())?.length === 0) return;
      const text = `${error} since offset ${offset} of partition ${partition}`;
      held.set(partition, text);
      throw new StallError(`${text}: ${remedy}`);
    },

    passed: (partition) => void held.delete(partition),

    causes: () => {
      const texts = [...unfit, ...held.values()];
      return texts.length === 0 ? [] : [{ code: 'schema-mismatch', text: texts.join('; '), remedy }];
    },
  };
}
