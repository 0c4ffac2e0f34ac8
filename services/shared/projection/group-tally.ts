/** Documents by several values together, and sums over each group: what a document adds, and where. Pure. */
import { canonicalJson } from './canonical-json.ts';
import type { GroupKey, GroupTally, ProjectionDefinition, TimeSpan } from './definition.ts';
import { unpacked } from './document.ts';
import type { Content } from './document.ts';

/** What a document adds to the tally of a text: 1 where it is only counted. */
export interface Amount {
  readonly tally: string;
  readonly amount: number;
}

/** Characters of a timestamp that a span is told by, in UTC. */
const LENGTHS: Readonly<Record<TimeSpan, number>> = {
  month: '2026-11'.length,
  day: '2026-11-26'.length,
  hour: '2026-11-26T18'.length,
  minute: '2026-11-26T18:30'.length,
};

/** Stands for every value that is too long to be told; no field has an array for its value. */
const TOO_LONG = '[]';
const LONGEST_VALUE = 256;

/** The tally of a group's sum is named after both. */
export function sumName(name: string, field: string): string {
  return `${name}.${field}`;
}

export function compileGroup(
  name: string,
  { by, sum, where }: GroupTally,
): (content: Content) => readonly Amount[] {
  const keys = Object.values(by);
  const conditions = Object.entries(where).map(
    ([field, values]) => [field, new Set<unknown>(values)] as const,
  );
  return (content) => {
    if (conditions.some(([field, values]) => !values.has(unpacked(content[field])))) return [];
    const values = keys.map((key) => keyText(key, content));
    // What a document of an earlier version of the definition does not have is not counted.
    if (values.includes(null)) return [];
    const textOf = (head: string): string => `[${[JSON.stringify(head), ...values].join(',')}]`;
    const added = sum.flatMap((field): readonly Amount[] => {
      const amount = unpacked(content[field]);
      return typeof amount === 'number' && amount !== 0
        ? [{ tally: textOf(sumName(name, field)), amount }]
        : [];
    });
    return [{ tally: textOf(name), amount: 1 }, ...added];
  };
}

/** JSON; null: there is no such field. */
function keyText({ field, span }: GroupKey, content: Content): string | null {
  const value = unpacked(content[field]);
  if (value === undefined) return null;
  if (span !== null) return canonicalJson(typeof value === 'string' ? value.slice(0, LENGTHS[span]) : null);
  const text = canonicalJson(value);
  return text.length > LONGEST_VALUE ? TOO_LONG : text;
}

const GROUPED_TYPES = new Set(['text', 'uuid', 'integer', 'boolean']);

/** Why it does not fit the definition; null when it does. */
export function whyNotGrouped(
  { root: { fields } }: ProjectionDefinition,
  { by, sum, where }: GroupTally,
): string | null {
  for (const [name, { field, span }] of Object.entries(by)) {
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name) || name === 'count' || name === 'sums')
      return `has a key ${name}, which must be named by letters and digits, and neither count nor sums`;
    const type = fields[field]?.name ?? '';
    if (span !== null && type !== 'timestamp')
      return `is by the ${span} of ${field}, which must be a timestamp of the root`;
    if (span === null && !GROUPED_TYPES.has(type))
      return `is by ${field}, which must be a text, uuid, integer or boolean field of the root`;
  }
  for (const field of sum)
    if (fields[field]?.name !== 'integer')
      return `adds up ${field}, which must be an integer field of the root`;
  for (const field of Object.keys(where))
    if (!GROUPED_TYPES.has(fields[field]?.name ?? ''))
      return `is of some ${field}, which must be a text, uuid, integer or boolean field of the root`;
  return null;
}

/** For a person: how it is made. */
export function tellGroup({ by, sum, where }: GroupTally): string {
  const keys = Object.values(by).map(({ field, span }) =>
    span === null ? field : `the ${span} of ${field}`,
  );
  const conditions = Object.entries(where).map(([field, values]) => `${field} is ${values.join(' or ')}`);
  return [
    conditions.length === 0 ? 'documents' : `documents where ${conditions.join(' and ')}`,
    ...(keys.length === 0 ? [] : [`by ${keys.join(' and ')}`]),
    ...(sum.length === 0 ? [] : [`with the sums of ${sum.join(' and ')}`]),
  ].join(' ');
}
