/** The Freshness header: what is known of how old the answer may be. A dictionary of RFC 9651, so that any parser reads it. */
import type { Found } from '../readers/reader.ts';
import type { Standing } from '../strategies/standing.ts';

export function freshnessHeader(
  { strategy, stale, asOf }: Pick<Standing, 'strategy' | 'stale' | 'asOf'>,
  found: Pick<Found, 'revision' | 'provenance'> | null,
  degraded = false,
): string {
  const provenance = found?.provenance;
  return [
    `strategy=${strategy}`,
    ...(stale === null ? [] : [`stale=?${stale ? 1 : 0}`]),
    ...(degraded ? ['degraded=?1'] : []),
    ...(found && found.revision !== null ? [`version=${found.revision}`] : []),
    ...(provenance ? [`position=${text(provenance.position)}`] : []),
    ...(provenance && provenance.lsn !== null ? [`lsn=${text(provenance.lsn)}`] : []),
    ...(provenance ? [`changed-at=${text(provenance.changedAt)}`] : []),
    ...(provenance ? [`applied-at=${text(provenance.appliedAt.toISOString())}`] : []),
    ...(asOf ? [`as-of=${text(asOf.toISOString())}`] : []),
  ].join(', ');
}

function text(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
