/** What the cache did, and how it is now, for Prometheus: read when it is asked, so that no hit pays for it. */
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { CacheFigures, ReadCache } from './read-cache.ts';

const COUNTS: ReadonlyArray<readonly [string, string, (now: CacheFigures) => number]> = [
  ['hits_total', 'Documents that were at hand', ({ hits }) => hits],
  ['misses_total', 'Documents that had to be looked up', ({ misses }) => misses],
  ['page_hits_total', 'Pages of lists that were at hand', ({ pageHits }) => pageHits],
  ['page_misses_total', 'Pages of lists that had to be looked up', ({ pageMisses }) => pageMisses],
  ['changes_total', 'Changes of documents that the change stream told', ({ changes }) => changes],
  [
    'losses_total',
    'Times that the change stream ended, and all that was kept went with it',
    ({ losses }) => losses,
  ],
];

const STATES: typeof COUNTS = [
  ['documents', 'Documents kept', ({ documents }) => documents],
  ['pages', "Pages of an owner's lists kept", ({ pages }) => pages],
  ['bytes', 'What the kept documents and pages take, as estimated', ({ bytes }) => bytes],
  [
    'age_seconds',
    'Time since the change stream was last known to have told every change; -1: there is none, and nothing is kept',
    ({ ageMs }) => (ageMs === null ? -1 : ageMs / 1000),
  ],
];

/** `caches`: by the name of the projection. */
export function addCacheMetrics(
  registry: Registry,
  caches: ReadonlyMap<string, Pick<ReadCache, 'figures'>>,
): void {
  for (const [name, help, valueOf] of COUNTS) {
    const counter = new Counter({
      name: `read_api_cache_${name}`,
      help,
      labelNames: ['projection'],
      registers: [],
      collect(): void {
        this.reset();
        for (const [projection, { figures }] of caches) this.inc({ projection }, valueOf(figures()));
      },
    });
    registry.registerMetric(counter);
  }
  for (const [name, help, valueOf] of STATES) {
    const gauge = new Gauge({
      name: `read_api_cache_${name}`,
      help,
      labelNames: ['projection'],
      registers: [],
      collect(): void {
        for (const [projection, { figures }] of caches) this.set({ projection }, valueOf(figures()));
      },
    });
    registry.registerMetric(gauge);
  }
}
