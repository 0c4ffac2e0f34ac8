/** Documents counted by their values, in one question for all facets. */
import type { Filter as MongoFilter } from 'mongodb';
import type { Facet } from '../../shared/projection/queries.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { Counts } from './reader.ts';

/** More documents are not looked at, so that an answer takes no longer the more there are. */
const MOST_COUNTED = 10_000;
/** Of a facet. */
const MOST_VALUES = 100;

type Stage = Record<string, unknown>;

export interface CountedFacets {
  readonly total: ReadonlyArray<{ readonly count: number }>;
  readonly [facet: string]: ReadonlyArray<{ readonly _id?: unknown; readonly count: number }>;
}

export function countingPipeline(facets: readonly Facet[], filter: MongoFilter<StoredDocument>): Stage[] {
  const values = Object.fromEntries(facets.map(({ path }, at) => [`facet${at}`, `$${path}`]));
  const counted = facets.map(({ kind }, at) => [`facet${at}`, countFacet(kind, `$_id.facet${at}`)] as const);
  // Documents that have all values in common are few kinds, and counted before each facet looks at them; with elements they seldom have.
  const likes = facets.every(({ kind }) => kind === 'field')
    ? { $group: { _id: values, count: { $sum: 1 } } }
    : { $project: { _id: values, count: { $literal: 1 } } };
  return [
    { $match: filter },
    { $limit: MOST_COUNTED + 1 },
    likes,
    { $facet: { total: [{ $group: { _id: null, count: SUM } }], ...Object.fromEntries(counted) } },
  ];
}

const SUM = { $sum: '$count' } as const;

/** A document counts once for a value, however many of its elements have it. */
function countFacet(kind: Facet['kind'], path: string): Stage[] {
  const values = kind === 'field' ? path : { $setUnion: [{ $ifNull: [path, []] }, []] };
  return [
    { $project: { value: values, count: 1 } },
    ...(kind === 'field' ? [] : [{ $unwind: '$value' }]),
    { $match: { value: { $ne: null } } },
    { $group: { _id: '$value', count: SUM } },
    { $sort: { count: -1, _id: 1 } },
    { $limit: MOST_VALUES },
  ];
}

export function toCounts(facets: readonly Facet[], found: CountedFacets | undefined): Counts {
  const total = found?.total[0]?.count ?? 0;
  const counted = facets.map(({ name, kind }, at) => {
    const values = (found?.[`facet${at}`] ?? []).map(({ _id, count }) => [String(_id), count] as const);
    return [name, kind === 'entries' ? byKey(values) : Object.fromEntries(values)] as const;
  });
  return {
    total: Math.min(total, MOST_COUNTED),
    isPartial: total > MOST_COUNTED,
    facets: Object.fromEntries(counted),
  };
}

/** Entries are written `key:value`, and no key holds a colon. */
function byKey(entries: ReadonlyArray<readonly [string, number]>): Record<string, Record<string, number>> {
  const keys = new Map<string, Array<readonly [string, number]>>();
  for (const [entry, count] of entries) {
    const end = entry.indexOf(':');
    const key = entry.slice(0, end);
    keys.set(key, [...(keys.get(key) ?? []), [entry.slice(end + 1), count]]);
  }
  return Object.fromEntries([...keys].map(([key, values]) => [key, Object.fromEntries(values)]));
}
