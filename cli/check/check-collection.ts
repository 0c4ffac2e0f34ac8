/** The collection of a projection: its indexes, and tombstones that outlive whatever can be delivered again (invariant 6). */
import type { Db } from 'mongodb';
import { COMPANION_INDEX } from '../../services/projector/prepare-collection.ts';
import type { Finding } from '../../services/shared/check/finding.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';

const TOMBSTONES = 'tombstones';
const OWN_INDEXES = [TOMBSTONES, 'pending'];

/** @param retentionMs of the changes' topic; null: not known */
export async function checkCollection(
  db: Db,
  { resource, indexes, references }: Projection,
  retentionMs: number | null,
): Promise<readonly Finding[]> {
  const present = await db.listCollections({ name: resource }, { nameOnly: true }).hasNext();
  const found = present ? await db.collection(resource).listIndexes().toArray() : [];
  const byName = new Map(found.map((index) => [String(index['name']), index]));
  const wanted = [
    ...indexes.map((paths) => paths.join('+')),
    ...OWN_INDEXES,
    ...(references === null ? [] : [COMPANION_INDEX]),
  ];
  const missing = wanted.filter((name) => !byName.has(name));
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push({
      code: 'index-missing',
      text: `the collection ${resource} has not the indexes ${missing.join(', ')}`,
      why: 'look-ups read every document, and tombstones do not end',
      remedy: 'start the projector again: it makes them',
      blocking: false,
    });
  const seconds: unknown = byName.get(TOMBSTONES)?.['expireAfterSeconds'];
  if (typeof seconds === 'number' && retentionMs !== null && seconds * 1000 <= retentionMs)
    findings.push({
      code: 'tombstones-too-short',
      text: `tombstones live ${hours(seconds)} h, and the topic keeps changes for ${hours(retentionMs / 1000)} h`,
      why: 'a deleted user could come back from changes that are delivered again',
      remedy: 'start the projector with a TOMBSTONE_TTL_SECONDS above the topic’s retention.ms',
      blocking: false,
    });
  return findings;
}

function hours(seconds: number): string {
  return (seconds / 3600).toFixed(1);
}
