/** What the services tell of themselves: by /metrics how fast they are since the look before, by /readyz what only a projector knows. */
import { ask } from '../../services/shared/health/asked.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import type { Cause } from '../../services/shared/health/causes.ts';
import type { Verdict } from '../../services/shared/health/verdict.ts';
import type { ProjectionReport, Requests } from '../../services/shared/status-report.ts';
import { fetchWithin } from '../fetch-within.ts';
import { quantileOf, readHistogram, sinceLook, sumOf } from './histogram.ts';
import type { Histogram } from './histogram.ts';
import { instancesOf } from './service-urls.ts';

export interface ServiceAnswer {
  /** Of its processes; false where none answers. */
  readonly up: Asked<true>;
  /** Some of several that do not answer. */
  readonly missing: string | null;
  /** Since the look before, over all processes that were asked then too; null: none was. */
  readonly observed: Histogram | null;
  readonly seconds: number;
  /** Addresses of the processes that answered. */
  readonly instances: readonly string[];
}

type Question = (addresses: readonly string[]) => Promise<ServiceAnswer>;

interface Seen {
  readonly at: number;
  readonly histogram: Histogram;
}

/** Each call of the returned function asks every process behind the addresses once, and remembers what it told. */
export function createServiceQuestion(read: (metrics: string) => Histogram, timeoutMs: number): Question {
  const seen = new Map<string, Seen>();
  return async (addresses) => {
    const resolved = await Promise.all(addresses.map((each) => ask(() => instancesOf(each), timeoutMs)));
    const failures = resolved.flatMap((each) => (each.ok ? [] : [each.why]));
    const instances = resolved.flatMap((each) => (each.ok ? each.value : []));
    // Not by /metrics whether it lives: some of what it tells there it has to ask others for.
    const asked = await Promise.all(
      instances.map(async (url) => {
        const [lives, metrics] = await Promise.all([
          ask(() => get(`${url}/livez`, timeoutMs), timeoutMs),
          ask(() => get(`${url}/metrics`, timeoutMs), timeoutMs),
        ]);
        return { url, lives, metrics };
      }),
    );
    const living = asked.filter(({ url, lives }) => {
      if (!lives.ok) failures.push(`${new URL(url).host}: ${lives.why}`);
      return lives.ok;
    });
    const told = living.flatMap(({ url, metrics }) => (metrics.ok ? [[url, metrics.value] as const] : []));
    const at = performance.now();
    const since: Histogram[] = [];
    let from = Infinity;
    for (const [url, body] of told) {
      const histogram = read(body);
      const before = seen.get(url);
      if (before) {
        since.push(sinceLook(before.histogram, histogram));
        from = Math.min(from, before.at);
      }
      seen.set(url, { at, histogram });
    }
    // Processes come and go, and their addresses with them.
    for (const url of seen.keys()) if (!instances.includes(url)) seen.delete(url);
    const why = failures.join('; ');
    const isUp = living.length > 0;
    return {
      up: isUp ? { ok: true, value: true } : { ok: false, why: why === '' ? 'it has no address' : why },
      missing: isUp && why !== '' ? why : null,
      observed: since.length === 0 ? null : sumOf(since),
      seconds: (at - from) / 1000,
      instances: living.map(({ url }) => url),
    };
  };
}

async function get(url: string, timeoutMs: number): Promise<string> {
  const response = await fetchWithin(url, timeoutMs);
  const body = await response.text();
  if (!response.ok) throw new Error(`answers ${response.status}`);
  return body;
}

/** Asked by operators, and answers that are kept open as long as their reader likes: neither says how fast the service is. */
const UNCOUNTED = /^\/(metrics|livez|readyz|openapi\.json|docs(\/.*)?)$|\/events$/;

export function readRequests(metrics: string): Histogram {
  return readHistogram(metrics, 'http_request_duration_seconds', ({ route = '' }) => !UNCOUNTED.test(route));
}

export function readStaleness(metrics: string): Histogram {
  return readHistogram(metrics, 'readside_staleness_seconds');
}

export function requestsOf({ observed, seconds }: ServiceAnswer): Requests | undefined {
  if (observed === null) return undefined;
  return {
    perSecond: observed.count / seconds,
    failedPerSecond: observed.failed / seconds,
    ...quantilesOf(observed),
  };
}

export function stalenessOf({ observed }: ServiceAnswer): ProjectionReport['staleness'] {
  return observed === null ? undefined : { saved: observed.count, ...quantilesOf(observed) };
}

function quantilesOf(observed: Histogram): { readonly p50Ms: number | null; readonly p99Ms: number | null } {
  const milliseconds = (share: number): number | null => {
    const seconds = quantileOf(observed, share);
    return seconds === null ? null : seconds * 1000;
  };
  return { p50Ms: milliseconds(0.5), p99Ms: milliseconds(0.99) };
}

/** What a projector told last of its health. */
export async function healthOf(address: string, timeoutMs: number): Promise<readonly Cause[]> {
  const response = await fetchWithin(`${address}/readyz`, timeoutMs);
  const { health } = (await response.json()) as { readonly health?: Verdict };
  return onlyItsOwn(health);
}

/** What can be asked anew is: a server that is up again a moment later is no cause. */
const ONLY_THE_PROJECTOR_KNOWS: ReadonlySet<string> = new Set([
  'schema-mismatch',
  'partition-stalled',
  'partition-waits',
  'store-refuses-writes',
  'nothing-applied',
  'measure-hangs',
  'projector-superseded',
  'projector-rolled-back',
]);

const ITS_WARNINGS: ReadonlySet<string> = new Set(['definition-not-applied']);

export function onlyItsOwn(health: Pick<Verdict, 'causes' | 'warnings'> | undefined): readonly Cause[] {
  return [
    ...(health?.causes ?? []).filter(({ code }) => ONLY_THE_PROJECTOR_KNOWS.has(code)),
    ...(health?.warnings ?? []).filter(({ code }) => ITS_WARNINGS.has(code)),
  ];
}
