/**
 * What a document counts in. A tally is a text: the JSON array of the tally's name and of what is counted there, such as
 * `["byStatus","active"]`. Each document counts once in each of its tallies, or adds an amount to it, so that what a save adds and takes
 * away follows from the document before and after it. Pure.
 */
import { parseLossless } from '../lossless-json.ts';
import { canonicalJson } from './canonical-json.ts';
import { fieldAt } from './definition.ts';
import type { GroupTally, ProjectionDefinition, TallyDefinition } from './definition.ts';
import { unpacked } from './document.ts';
import type { Content } from './document.ts';
import { compileGroup, tellGroup, whyNotGrouped } from './group-tally.ts';
import type { Amount } from './group-tally.ts';

/** The tallies that a live document of this content counts in, in order, each once; those that it adds another amount than 1 to, with it. */
export type TalliesOf = (content: Content) => readonly (string | Amount)[];

/** null: nothing is counted. */
export function compileTallies({ tallies = {} }: ProjectionDefinition): TalliesOf | null {
  const counters = Object.entries(tallies).map(([name, tally]) => compileTally(name, tally));
  if (counters.length === 0) return null;
  return (content) => {
    const amounts = new Map<string, number>();
    for (const counter of counters)
      for (const { tally, amount } of counter(content)) amounts.set(tally, amount);
    return [...amounts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([tally, amount]) => (amount === 1 ? tally : { tally, amount }));
  };
}

/** Characters of a value's JSON. All that are longer count together: what nobody would read must not fill the store. */
const LONGEST_VALUE = 256;

function compileTally(name: string, tally: TallyDefinition): (content: Content) => readonly Amount[] {
  if (tally.kind === 'group') return compileGroup(name, tally);
  const counted = compileCounted(name, tally);
  return (content) => counted(content).map((text) => ({ tally: text, amount: 1 }));
}

function compileCounted(
  name: string,
  tally: Exclude<TallyDefinition, GroupTally>,
): (content: Content) => readonly string[] {
  const head = JSON.stringify(name);
  /** `path`: JSON texts. */
  const tallyOf = (...path: readonly string[]): string => `[${[head, ...path].join(',')}]`;
  const withValue = (value: unknown, ...path: readonly string[]): string => {
    const text = canonicalJson(value);
    return text.length > LONGEST_VALUE ? tallyOf(...path) : tallyOf(...path, text);
  };
  switch (tally.kind) {
    case 'every':
      return () => [tallyOf()];
    case 'value': {
      const [first = '', inner] = tally.path.split('.');
      return (content) => {
        const value = unpacked(content[first]);
        const values = inner === undefined ? [value] : rowsOf(value).map((row) => row[inner]);
        return values.flatMap((each) => (each === undefined ? [] : [withValue(each)]));
      };
    }
    case 'day':
      return (content) => {
        const time = unpacked(content[tally.field]);
        if (time === undefined) return [];
        return [withValue(typeof time === 'string' ? time.slice(0, DAY_LENGTH) : null)];
      };
    case 'entry':
      return (content) =>
        Object.entries(unpacked(content[tally.map]) ?? {}).map(([key, value]) =>
          withValue(value, JSON.stringify(key)),
        );
  }
}

/** What a document of an earlier version of the definition does not have is not counted. */
function rowsOf(list: unknown): readonly Content[] {
  return (list ?? []) as readonly Content[];
}

const DAY_LENGTH = '2026-11-26'.length;

export interface Tally {
  readonly name: string;
  /** Of an entry. */
  readonly key?: string;
  /** Left out where it is too long to be told, or where all are counted. */
  readonly value?: unknown;
  /** Of a group: name → value, left out where it is too long to be told. */
  readonly keys?: Readonly<Record<string, unknown>>;
  /** The field that the group adds up here; left out where its documents are counted. */
  readonly sum?: string;
}

/** null: it is none of the definition's. */
export function readTally({ tallies = {} }: ProjectionDefinition, text: string): Tally | null {
  const [head, ...path] = parseLossless(text) as readonly unknown[];
  if (typeof head !== 'string') return null;
  const [name = '', sum] = head.split('.');
  const tally = Object.hasOwn(tallies, name) ? tallies[name] : undefined;
  if (tally?.kind === 'group') return readGroup(name, tally, sum, path);
  if (tally === undefined || sum !== undefined) return null;
  if (tally.kind !== 'entry') return path.length === 0 ? { name } : { name, value: path[0] };
  const [key, ...value] = path;
  if (typeof key !== 'string') return null;
  return value.length === 0 ? { name, key } : { name, key, value: value[0] };
}

function readGroup(
  name: string,
  { by, sum: sums }: GroupTally,
  sum: string | undefined,
  path: readonly unknown[],
): Tally | null {
  const names = Object.keys(by);
  if (path.length !== names.length || (sum !== undefined && !sums.includes(sum))) return null;
  const told = names.map((key, i) => [key, path[i]] as const).filter(([, value]) => !Array.isArray(value));
  return { name, keys: Object.fromEntries(told), ...(sum !== undefined && { sum }) };
}

const COUNTED_TYPES = new Set(['text', 'uuid', 'integer', 'boolean']);

/** Why a definition's tallies do not fit; null when they do. */
export function whyNotTallied(definition: ProjectionDefinition): string | null {
  for (const [name, tally] of Object.entries(definition.tallies ?? {})) {
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) return `the tally ${name} must have a name of letters and digits`;
    const why = whyNot(definition, tally);
    if (why !== null) return `the tally ${name} ${why}`;
  }
  return null;
}

function whyNot(definition: ProjectionDefinition, tally: TallyDefinition): string | null {
  switch (tally.kind) {
    case 'every':
      return null;
    case 'value':
      return COUNTED_TYPES.has(fieldAt(definition, tally.path)?.name ?? '')
        ? null
        : `counts by ${tally.path}, which must be a text, uuid, integer or boolean field`;
    case 'day':
      return definition.root.fields[tally.field]?.name === 'timestamp'
        ? null
        : `counts by the day of ${tally.field}, which must be a timestamp of the root`;
    case 'entry':
      return definition.embed?.[tally.map]?.kind === 'map'
        ? null
        : `counts the entries of ${tally.map}, which must be an embedded map`;
    case 'group':
      return whyNotGrouped(definition, tally);
  }
}

/** For a person: how a tally is made. */
export function tellTally(tally: TallyDefinition): string {
  switch (tally.kind) {
    case 'every':
      return 'all documents';
    case 'value':
      return `documents by ${tally.path}`;
    case 'day':
      return `documents by the day of ${tally.field}`;
    case 'entry':
      return `documents by each entry of ${tally.map}`;
    case 'group':
      return tellGroup(tally);
  }
}
