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
  const proven = asOf === null ? '' : asOfMember(asOf);
  return `strategy=${strategy}${asked}${of}${proven}`;
}

/** The same for all reads of about a second: it is written once. */
let latest: { readonly asOf: Date; readonly member: string } | null = null;

function asOfMember(asOf: Date): string {
  if (latest?.asOf !== asOf) latest = { asOf, member: `, as-of="${asOf.toISOString()}"` };
  return latest.member;
}

export const DEGRADED = 'degraded=?1';

export function toldOf(state: {
  readonly revision: number | null;
  readonly provenance: Provenance | null;
  readonly degraded: boolean;
}): string {
  const { revision, provenance, degraded } = state;
  const members = degraded ? [DEGRADED] : [];
  if (revision !== null) members.push(`version=${revision}`);
  if (provenance) {
    const { position, lsn, changedAt, appliedAt } = provenance;
    members.push(`position=${text(position)}`);
    if (lsn !== null) members.push(`lsn=${text(lsn)}`);
    members.push(`changed-at=${text(changedAt)}`);
    if (appliedAt !== null) members.push(`applied-at="${appliedAt.toISOString()}"`);
  }
  // Joined, it is one text in memory; put together by +, it stays a tree of its pieces, for as long as it is kept.
  return members.join(', ');
}

function text(value: string): string {
  // Looked at first: it is done for every document that is read, and there is hardly ever one to escape.
  const isPlain = !value.includes('"') && !value.includes('\\');
  return isPlain ? `"${value}"` : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
