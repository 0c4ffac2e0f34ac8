/** The counts of a projection as they stand in MongoDB. Reads that arrive together are one. */
import type { Collection } from 'mongodb';
import { QUARANTINED } from '../../shared/open-quarantine.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import { readCounts } from '../../shared/tallies/tally-counts.ts';
import type { Count } from '../../shared/tallies/tally-counts.ts';
import { coalesceFinds } from '../readers/coalesced-find.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';

export interface Counted {
  /** Tally → documents, or what they add up to. */
  readonly counts: ReadonlyMap<string, Count>;
  /** Changes of some document are in quarantine: it counts as it last was. */
  readonly degraded: boolean;
}

export type TallyReader = () => Promise<Counted>;

const ALL = 'all';

export function createTallyReader(collection: Collection<StoredDocument>, read: MajorityRead): TallyReader {
  const together = coalesceFinds<typeof ALL, Counted>(
    async () => [
      await read(async (options) => {
        const counts = await readCounts(collection, options);
        const held = await collection.findOne(QUARANTINED, { ...options, projection: { _id: 1 } });
        return { counts, degraded: held !== null };
      }),
    ],
    () => ALL,
  );
  return async () => {
    const [counted] = await together(ALL);
    if (!counted) throw new TypeError('the counts were not read');
    return counted;
  };
}
