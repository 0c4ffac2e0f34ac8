/**
 * The counts as they are served. Values stand in arrays and not as names of fields, so that each is what it is in the documents: text,
 * number, null or any JSON. The most frequent come first, of days the latest. Pure.
 */
import { LosslessNumber, stringifyLossless } from '../../shared/lossless-json.ts';
import { canonicalJson } from '../../shared/projection/canonical-json.ts';
import type {
  GroupTally,
  ProjectionDefinition,
  TallyDefinition,
} from '../../shared/projection/definition.ts';
import { readTally } from '../../shared/projection/tallies.ts';
import type { Tally } from '../../shared/projection/tallies.ts';
import type { Count } from '../../shared/tallies/tally-counts.ts';

type Counts = ReadonlyMap<string, Count>;
/** Of documents, or what they add up to. */
type Counted = Tally & { readonly count: Count };

/** `limit`: values of a group, and keys of a map. */
export function tallyJson(definition: ProjectionDefinition, counts: Counts, limit: number): string {
  const { tallies = {} } = definition;
  const byName = new Map<string, Counted[]>(Object.keys(tallies).map((name) => [name, []]));
  for (const [text, count] of counts) {
    const tally = readTally(definition, text);
    if (tally) byName.get(tally.name)?.push({ ...tally, count });
  }
  const served = Object.entries(tallies).map(([name, tally]) => [
    name,
    servedTally(tally, byName.get(name) ?? [], limit),
  ]);
  return stringifyLossless(Object.fromEntries(served));
}

function servedTally(tally: TallyDefinition, counted: readonly Counted[], limit: number): unknown {
  switch (tally.kind) {
    case 'every':
      return sumOf(counted);
    case 'value':
      // A document may have several values in a list, and none: they are no parts of a whole.
      return group(counted.toSorted(mostFirst), limit, tally.path.includes('.') ? null : sumOf(counted));
    case 'day':
      return group(counted.toSorted(latestFirst), limit, sumOf(counted));
    case 'entry': {
      const keys = [...byKey(counted)]
        .map(([key, values]) => ({ key, values, count: sumOf(values) }))
        .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
      return {
        keys: keys.slice(0, limit).map(({ key, values, count }) => ({
          key,
          count,
          ...group(values.toSorted(mostFirst), limit, count),
        })),
        more: Math.max(0, keys.length - limit),
      };
    }
    case 'group':
      return servedGroups(tally, counted, limit);
  }
}

/** A group is told by its keys' values. Without keys all documents are one, which is there before anything was counted. */
function servedGroups({ by, sum }: GroupTally, counted: readonly Counted[], limit: number): unknown {
  const sums = new Map<string, Counted[]>();
  for (const each of counted.filter((one) => one.sum !== undefined)) {
    const keys = canonicalJson(each.keys);
    sums.set(keys, [...(sums.get(keys) ?? []), each]);
  }
  const told = ({ keys = {}, count }: Pick<Counted, 'keys' | 'count'>): object => {
    const added = sums.get(canonicalJson(keys)) ?? [];
    const amounts = sum.map((field) => [field, exact(added.find((each) => each.sum === field)?.count ?? 0)]);
    return { ...keys, count, ...(sum.length === 0 ? {} : { sums: Object.fromEntries(amounts) }) };
  };
  const groups = counted.filter((each) => each.sum === undefined);
  const [first] = Object.entries(by);
  if (!first) return told(groups[0] ?? { count: 0 });
  const [name, { span }] = first;
  const inOrder = groups.toSorted((a, b) =>
    span === null ? mostFirst(a, b) : latestOf(name, a, b) || mostFirst(a, b),
  );
  return { groups: inOrder.slice(0, limit).map(told), more: Math.max(0, inOrder.length - limit) };
}

function latestOf(name: string, a: Counted, b: Counted): number {
  const [left, right] = [a, b].map(({ keys }) => canonicalJson(keys?.[name] ?? null));
  return left === right ? 0 : String(left) > String(right) ? -1 : 1;
}

/** A sum that no double holds is told with all its digits. */
function exact(count: Count): number | LosslessNumber {
  return typeof count === 'number' ? count : new LosslessNumber(count);
}

function byKey(counted: readonly Counted[]): ReadonlyMap<string, readonly Counted[]> {
  const groups = new Map<string, Counted[]>();
  for (const each of counted) {
    const { key = '' } = each;
    const values = groups.get(key);
    if (values) values.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}

/** `whole`: what each is a share of; null: of nothing. */
function group(counted: readonly Counted[], limit: number, whole: number | null): object {
  const values = counted.slice(0, limit).map(({ name: _name, key: _key, ...told }) => ({
    ...told,
    ...(whole === null ? {} : { share: Number((Number(told.count) / whole).toFixed(SHARE_DIGITS)) }),
  }));
  return { values, more: Math.max(0, counted.length - limit) };
}

const SHARE_DIGITS = 4;

function sumOf(counted: readonly Counted[]): number {
  return counted.reduce((sum, { count }) => sum + Number(count), 0);
}

function mostFirst(a: Counted, b: Counted): number {
  return Number(b.count) - Number(a.count) || (textOf(a) < textOf(b) ? -1 : 1);
}

function latestFirst(a: Counted, b: Counted): number {
  return textOf(a) > textOf(b) ? -1 : 1;
}

function textOf({ value, keys }: Counted): string {
  if (keys !== undefined) return canonicalJson(keys);
  return value === undefined ? '' : canonicalJson(value);
}
