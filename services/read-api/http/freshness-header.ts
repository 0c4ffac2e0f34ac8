/** The Freshness header: what is known of how old the answer may be. A dictionary of RFC 9651, so that any parser reads it. */
import type { Provenance } from '../readers/provenance.ts';
import type { Standing } from '../strategies/standing.ts';

/** `told`: the members that hold of what is answered; '' where there are none. */
export function freshnessHeader(
  { strategy, stale, asOf }: Pick<Standing, 'strategy' | 'stale' | 'asOf'>,
  told: string,
): string {
  const asked = stale === null ? '' : `, stale=?${stale ? 1 : 0}`;
  const of = told === '' ? '' : `, ${told}`;
  const proven = asOf === null ? '' : `, as-of="${asOf.toISOString()}"`;
  return `strategy=${strategy}${asked}${of}${proven}`;
}

export const DEGRADED = 'degraded=?1';

export function toldOf(state: {
  readonly revision: number | null;
  readonly provenance: Provenance | null;
  readonly degraded: boolean;
}): string {
  const { revision, provenance, degraded } = state;
  return [
    ...(degraded ? [DEGRADED] : []),
    ...(revision === null ? [] : [`version=${revision}`]),
    ...(provenance ? membersOf(provenance) : []),
  ].join(', ');
}

function membersOf({ position, lsn, changedAt, appliedAt }: Provenance): readonly string[] {
  return [
    `position=${text(position)}`,
    ...(lsn === null ? [] : [`lsn=${text(lsn)}`]),
    `changed-at=${text(changedAt)}`,
    `applied-at=${text(appliedAt.toISOString())}`,
  ];
}

function text(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
