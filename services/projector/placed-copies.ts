/**
 * What a companion's row changes in the documents that copy from it, said once for all of them: MongoDB then changes each where it stands, for a
 * fifth of what loading and saving it costs (docs/decisions/0034). Pure.
 */
import type { AnyBulkWriteOperation, UpdateFilter } from 'mongodb';
import { toBson } from '../shared/exact-bson.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { copiedWords } from '../shared/projection/references.ts';
import { foldAny, foldedPath } from '../shared/projection/search.ts';
import { REFILLS, storedCompanion } from '../shared/stored-document.ts';
import type { StoredDocument } from '../shared/stored-document.ts';

/** The copies of one row. */
export interface PlacedCopies {
  /** Id of the companion. */
  readonly companion: string;
  /** Documents that have seen this one or a later one have nothing to copy. */
  readonly rev: number;
  /** The list whose elements name the row; null: the root does. */
  readonly list: string | null;
  /** The field that names it, and how. */
  readonly by: string;
  readonly key: string | number;
  /** Field → what is copied, as it is stored. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Path → what is kept of it for orders and filters. */
  readonly folded: Readonly<Record<string, string | null>>;
  /** null: documents are not found by any of it. */
  readonly words: readonly string[] | null;
  /** Of the projection. What a newer one has written is left alone. */
  readonly version: number;
}

/** null: it is not the same for all. */
export function placedCopies(projection: Projection, stored: StoredDocument): PlacedCopies | null {
  const at = projection.references?.companionAt(stored._id);
  const usage = at?.table.usage;
  const { row, rev } = storedCompanion(stored);
  if (!at || !usage || rev === null) return null;
  const { list, by, copies } = usage;
  const { searched } = projection;
  // Elements are kept folded without what names them.
  if (list !== null && copies.some(({ field }) => searched.foldedElements[list]?.includes(field)))
    return null;
  const values = copies.map(({ field, column }) => [field, row?.[column] ?? null] as const);
  const folded = values.filter(([field]) => list === null && searched.folded.includes(field));
  return {
    companion: stored._id,
    rev,
    list,
    by,
    key: at.table.keyType.name === 'integer' ? Number(at.key) : at.key,
    values: Object.fromEntries(values.map(([field, value]) => [field, toBson(value)])),
    folded: Object.fromEntries(folded.map(([field, value]) => [foldedPath(searched, field), foldAny(value)])),
    words: copiedWords(copies, row),
    version: projection.version,
  };
}

/** Larger ones might outgrow what MongoDB takes. */
const MOST_BYTES = 1024 * 1024;

/** Of those that have these ids: what does not fit its filter is to be looked at by itself. */
export function updateOf(
  { companion, rev, list, by, key, values, folded, words, version }: PlacedCopies,
  ids: readonly string[],
  now: Date,
): AnyBulkWriteOperation<StoredDocument> {
  const inside = list === null ? '' : `${list}.$[element].`;
  const copied = Object.entries(values).map(([field, value]) => [`${inside}${field}`, value] as const);
  return {
    updateMany: {
      filter: {
        _id: { $in: [...ids] },
        _refs: { $elemMatch: { id: companion, rev: { $not: { $gte: rev } } } },
        '_sync.projection': { $lte: version },
        $expr: { $lt: [{ $bsonSize: '$$ROOT' }, MOST_BYTES] },
      },
      update: {
        $set: {
          ...Object.fromEntries(copied),
          ...folded,
          '_refs.$[ref].rev': rev,
          ...(words && { '_refs.$[ref].words': words }),
          '_sync.appliedAt': now,
        },
        $inc: { [`_sync.at.${REFILLS}`]: 1 },
        $unset: { '_sync.trace': '' },
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the driver's types know no paths through `_refs` and a list
      } as unknown as UpdateFilter<StoredDocument>,
      arrayFilters: [{ 'ref.id': companion }, ...(list === null ? [] : [{ [`element.${by}`]: key }])],
    },
  };
}
