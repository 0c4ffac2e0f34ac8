/**
 * Keeps a projection from being folded from changes that lack what it needs. Before it begins, the catalog is asked, and the projector waits
 * until it fits. Later a change that does not fit holds its partition: nothing of the batch is saved, nothing is skipped, the process
 * lives on and says why.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { checkSource } from '../shared/check/check-source.ts';
import { readSourceCatalog } from '../shared/check/source-catalog.ts';
import { viewMark } from '../shared/check/view-mark.ts';
import type { Cause } from '../shared/health/causes.ts';
import type { Logger } from '../shared/logger.ts';
import { ChangeError, SchemaError } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { ChangeBatch } from './change-feed.ts';
import { decodeAll } from './decode.ts';

const LOOK_AGAIN_MS = 3000;

export interface SchemaGuard {
  /** Resolves when the source has all that the projection needs, or cannot be asked. */
  untilFit(pool: Pool, signal: AbortSignal): Promise<void>;
  /** For what a batch was refused with. Holds the partition until it is taken away or `release`; never resolves. */
  hold(error: SchemaError, batch: ChangeBatch): Promise<never>;
  /** Lets go of all that is held, so that the feed can stop. */
  release(): void;
  causes(): readonly Cause[];
}

export function createSchemaGuard(projection: Projection, logger: Logger): SchemaGuard {
  const remedy = `readside check ${projection.name}`;
  const held = new Map<number, string>();
  const released = new AbortController();
  let unfit: readonly string[] = [];

  return {
    async untilFit(pool, signal) {
      for (;;) {
        const findings = await findingsOf(pool, projection, logger);
        unfit = findings.filter(({ blocking }) => blocking).map(({ text }) => text);
        if (unfit.length === 0) return;
        logger.error({ findings }, `nothing is consumed: ${unfit.join('; ')}: ${remedy}`);
        await sleep(LOOK_AGAIN_MS, undefined, { signal });
      }
    },

    async hold(error, batch) {
      const offset = firstMisfit(projection, batch);
      const text = `${error.message} since offset ${offset} of partition ${batch.partition}`;
      held.set(batch.partition, text);
      logger.error({ partition: batch.partition, offset }, `the partition stands still: ${text}: ${remedy}`);
      await untilAborted(AbortSignal.any([batch.signal, released.signal]));
      held.delete(batch.partition);
      throw error;
    },

    release: () => released.abort(),

    causes: () => {
      const texts = [...unfit, ...held.values()];
      return texts.length === 0 ? [] : [{ code: 'schema-mismatch', text: texts.join('; '), remedy }];
    },
  };
}

async function findingsOf(
  pool: Pool,
  projection: Projection,
  logger: Logger,
): Promise<ReturnType<typeof checkSource>> {
  try {
    const catalog = await readSourceCatalog(pool, projection);
    const findings = checkSource(projection, catalog, viewMark(projection.sourceView));
    if (findings.length > 0) logger.warn({ findings }, 'the source does not fit the projection');
    return findings;
  } catch (error) {
    // What is in Kafka can be applied without Postgres; a change that does not fit will be held.
    logger.warn({ err: error }, 'the source cannot be asked whether it fits the projection');
    return [];
  }
}

/** The first change that does not fit, whatever its document. */
export function firstMisfit(projection: Projection, { changes }: ChangeBatch): number | null {
  for (const { raw, change } of decodeAll(changes)) {
    if (change instanceof ChangeError || projection.targets(change).length === 0) continue;
    try {
      projection.evolve(null, change);
    } catch (error) {
      if (error instanceof SchemaError) return raw.offset;
      // A change that fits and still cannot be applied is not looked for here.
      if (!(error instanceof ChangeError)) throw error;
    }
  }
  return null;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
