/** What is in quarantine, asked when the metrics are scraped: other projectors and `readside dlq` change it too. */
import type { Db } from 'mongodb';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from '../shared/logger.ts';
import { openQuarantine } from '../shared/open-quarantine.ts';
import type { Projection } from '../shared/projection/projection.ts';

/** A scrape waits no longer, and shows what was known before. */
const TIMEOUT_MS = 1000;

export function watchQuarantine(registry: Registry, db: Db, projection: Projection, logger: Logger): void {
  const gauge = new Gauge({
    name: 'readside_quarantine_open',
    help: 'Documents in quarantine, and changes that name no document and were not dealt with',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      try {
        const { documents, unkeyed } = await openQuarantine(db, projection, TIMEOUT_MS);
        gauge.set({ kind: 'documents' }, documents);
        gauge.set({ kind: 'unkeyed' }, unkeyed);
      } catch (error) {
        logger.debug({ err: error }, 'the quarantine cannot be counted now');
      }
    },
  });
}
