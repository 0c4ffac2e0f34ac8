/**
 * How a document stands in MongoDB: the content under its own names, what the projector needs under `_sync`, folded lookup values and what
 * a search looks in under `_keys`, what it was before under `_history`, what it counts in under `_tallies`, and which companions it has copied
 * from under `_refs`. Written by the projector, read by the read API; nobody else knows this shape.
 */
import { fromBson, toBson } from './exact-bson.ts';
import { parseLossless, stringifyLossless } from './lossless-json.ts';
import type { SourcePosition } from './projection/change-event.ts';
import { UNKNOWN, companionOf } from './projection/companion.ts';
import type { Companion } from './projection/companion.ts';
import { unpacked } from './projection/document.ts';
import { closedHistory } from './projection/history.ts';
import type { History } from './projection/history-entry.ts';
import type { Content, DocumentState, Packed, Phase } from './projection/document.ts';
import type { Projection } from './projection/projection.ts';
import { isCompanion } from './projection/references.ts';
import type { Ref } from './projection/references.ts';
import type { TalliesOf } from './projection/tallies.ts';
import { foldCase } from './projection/queries.ts';
import { searchKeys } from './projection/search.ts';

/**
 * Partition → offset of the last change applied. One entry where the document's id is the partition key; the whole of it
 * is what a save is fenced by (invariant 4). Under REPAIRS, how often the document was made anew from the source, and under REFILLS, how often
 * what it copies was brought up to date: a projector that holds it as it was before must not save it.
 */
export type AppliedOffsets = Readonly<Record<string, number>>;

export const REPAIRS = 'repairs';
export const REFILLS = 'refills';
/** What stands among the partitions, and is none. */
export const COUNTERS: readonly string[] = [REPAIRS, REFILLS];

export function partitionsOf(at: AppliedOffsets): readonly string[] {
  return Object.keys(at).filter((each) => !COUNTERS.includes(each));
}

/** One save more that no change of its own has made. */
export function countedUp(at: AppliedOffsets, counter: string): AppliedOffsets {
  return { ...at, [counter]: (at[counter] ?? 0) + 1 };
}

/** Where the rows stand that documents copy from. */
export const COMPANIONS = { '_sync.phase': 'reference' } as const;

/** From which change on a document's changes lie in the dead letters (invariant 7). They are of one partition. */
export interface QuarantineMark {
  readonly since: Date;
  readonly first: { readonly partition: number; readonly offset: number };
  /** The first and all that followed it. */
  readonly changes: number;
  /** Why the first could not be applied; names no value of a row. */
  readonly error: string;
}

export interface SyncState {
  readonly phase: Phase;
  readonly at: AppliedOffsets;
  /** WAL position of the last change applied; for lag and tie-breaks, never for order. */
  readonly lsn: number | null;
  /** Commit time of the last change applied, ISO 8601 in UTC with microseconds. */
  readonly changedAt: string;
  readonly appliedAt: Date;
  /** Version of the projection that wrote it. */
  readonly projection: number;
  /** traceparent of the last traced change, where it was among those that the last save applied. */
  readonly trace?: string;
  /** When the tombstone was made; a TTL index ends it (invariant 6). */
  readonly deletedAt?: Date;
  /** The content is the last good one; `at` counts the changes in the dead letters too. */
  readonly quarantine?: QuarantineMark;
}

export interface StoredDocument {
  readonly _id: string;
  readonly _sync: SyncState;
  readonly _keys?: Readonly<Record<string, unknown>>;
  /** As toBson made it of a `History`. */
  readonly _history?: unknown;
  readonly _tallies?: unknown;
  /** `Ref`s; left out where it copies from nothing. */
  readonly _refs?: unknown;
  readonly [field: string]: unknown;
}

export function toStored(
  projection: Projection,
  id: string,
  state: DocumentState,
  at: AppliedOffsets,
  source: SourcePosition,
  appliedAt: Date,
): StoredDocument {
  const history = closedHistory(projection.definition, state);
  return {
    _id: id,
    ...(toBson(state.content) as Content),
    ...keysOf(projection, state),
    ...(history !== undefined && { _history: toBson(history) }),
    ...countedIn(projection, state),
    _sync: {
      phase: state.phase,
      at,
      lsn: source.lsn,
      changedAt: microsToIso(source.committedAt),
      appliedAt,
      projection: projection.version,
      ...(source.trace && { trace: source.trace.traceparent }),
      ...(state.phase === 'deleted' ? { deletedAt: appliedAt } : {}),
    },
  };
}

export function toState(stored: StoredDocument): DocumentState {
  const { _id, _sync, _keys, _history, _tallies, _refs, ...content } = stored;
  return {
    phase: _sync.phase,
    content: fromBson(content) as Content,
    ...(_history !== undefined && { history: fromBson(_history) as History | Packed }),
  };
}

/** Which companions it has copied from, and as what it has seen them. */
export function refsOf({ _refs }: StoredDocument): readonly Ref[] {
  const refs = unpacked(_refs);
  return Array.isArray(refs) ? (refs as readonly Ref[]) : [];
}

/** Ids of the companions that its content copies from, whatever it has copied. */
export function companionsFor(projection: Projection, stored: StoredDocument): readonly string[] {
  const { references } = projection;
  return references === null || isCompanion(projection, stored._id)
    ? []
    : references.idsOf(toState(stored).content);
}

/** Whether all that it copies is what these companions say. */
export function isFilledFrom(
  stored: StoredDocument,
  companions: ReadonlyMap<string, StoredDocument>,
): boolean {
  return refsOf(stored).every(({ id, rev }) => companionIn(companions, id).rev === rev);
}

/** The document with every copy as these companions say; one that is not among them is unknown. Companions copy nothing. */
export function withCopies(
  projection: Projection,
  stored: StoredDocument,
  companions: ReadonlyMap<string, StoredDocument>,
): StoredDocument {
  const { references } = projection;
  if (references === null || isCompanion(projection, stored._id)) return stored;
  const { _id, _sync, _tallies } = stored;
  const state = toState(stored);
  const { content, refs } = references.filled(state.content, (id) => companionIn(companions, id));
  return {
    _id,
    ...(toBson(content) as Content),
    ...keysOf(projection, { ...state, content }),
    ...(_tallies !== undefined && { _tallies }),
    ...(refs.length > 0 && { _refs: refs }),
    _sync,
  };
}

function companionIn(companions: ReadonlyMap<string, StoredDocument>, id: string): Companion {
  return storedCompanion(companions.get(id));
}

/** What is copied of a companion; `undefined`: there is none. */
export function storedCompanion(stored: StoredDocument | undefined): Companion {
  return stored === undefined ? UNKNOWN : companionOf(toState(stored));
}

/** The document as the read API serves it: JSON text, fields in the order they were declared. */
export function toServedJson(projection: Projection, stored: StoredDocument): string {
  const { root, embed = {} } = projection.definition;
  const served: Record<string, unknown> = {};
  let exact = true;
  for (const name of [...Object.keys(root.fields), ...Object.keys(embed)]) {
    const value = unpacked(stored[name]);
    served[name] = fromBson(value);
    if (served[name] !== value) exact = false;
  }
  served[root.key] = root.fields[root.key]?.name === 'integer' ? Number(stored._id) : stored._id;
  return exact ? JSON.stringify(served) : stringifyLossless(served);
}

/** The same of a content that is not the stored one, with values as a fold leaves them. What the definition has and it lacks is left out. */
export function contentToJson(
  { definition: { root, embed = {} } }: Projection,
  id: string,
  content: Content,
): string {
  const isIntegerKey = root.fields[root.key]?.name === 'integer';
  const names = [...Object.keys(root.fields), ...Object.keys(embed)];
  const values = names.map((name) =>
    name === root.key ? (isIntegerKey ? Number(id) : id) : unpacked(content[name]),
  );
  return stringifyLossless(
    Object.fromEntries(names.map((name, i) => [name, values[i]]).filter(([, value]) => value !== undefined)),
  );
}

/** The content of a document from its JSON, as it is served and as the source view prints it: values as `evolve` would have left them. */
export function contentOf({ definition: { root } }: Projection, json: string): Content {
  // The key is the document's id and is not held twice.
  const { [root.key]: _key, ...content } = parseLossless(json) as Record<string, unknown>;
  return content;
}

function keysOf(projection: Projection, state: DocumentState): Pick<StoredDocument, '_keys'> {
  if (state.phase !== 'live') return {};
  const keys: Record<string, unknown> = {
    ...searchKeys(projection.searched, state.content),
  };
  for (const { field, foldedKey } of projection.lookups) {
    const value = unpacked(state.content[field]);
    if (foldedKey !== null && typeof value === 'string') keys[foldedKey] = foldCase(value);
  }
  return Object.keys(keys).length === 0 ? {} : { _keys: keys };
}

/** What is not live is not there for anybody, and counts nowhere. */
function countedIn({ talliesOf }: Projection, state: DocumentState): { _tallies?: ReturnType<TalliesOf> } {
  return talliesOf === null || state.phase !== 'live' ? {} : { _tallies: talliesOf(state.content) };
}

/** ISO 8601 in UTC with six digits, of microseconds since 1970. */
export function microsToIso(micros: number): string {
  if (micros === latest.micros) return latest.iso;
  const millis = Math.floor(micros / 1000);
  const rest = String(micros - millis * 1000).padStart(3, '0');
  latest = { micros, iso: new Date(millis).toISOString().replace('Z', `${rest}Z`) };
  return latest.iso;
}

/** Those of a transaction, or of a copy, follow each other. */
let latest = { micros: NaN, iso: '' };
