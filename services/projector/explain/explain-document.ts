/**
 * Where each value of a document came from: the changes that Kafka still has of it are folded once more, and whatever a change makes
 * different is its doing. What the fold does not come to is older than the topic, was copied from the source, or is not what the
 * stream says. Pure.
 */
import { formatLsn } from '../../shared/lsn.ts';
import { ChangeError } from '../../shared/projection/change-event.ts';
import type { ChangeEvent } from '../../shared/projection/change-event.ts';
import type { DocumentState } from '../../shared/projection/document.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { ExplainedField, Origin, SeenChange } from '../../shared/explained.ts';
import { differences } from '../../shared/same-json.ts';
import { microsToIso, toState } from '../../shared/stored-document.ts';
import type { QuarantineMark, StoredDocument } from '../../shared/stored-document.ts';
import { keyOf } from '../decode.ts';
import type { DecodedChange } from '../decode.ts';
import { leavesOf } from './leaves.ts';

export interface PassedOver {
  readonly change: string;
  readonly table: string | null;
  readonly why: string;
}

export interface Explanation {
  readonly id: string;
  /** null: there is no document. */
  readonly phase: DocumentState['phase'] | null;
  /** `partition:offset` of the last change that is in it; null without a document. */
  readonly position: string | null;
  readonly changedAt: string | null;
  readonly appliedAt: Date | null;
  /** Version of the projection that saved it last. */
  readonly projectionVersion: number | null;
  readonly fields: readonly ExplainedField[];
  /** Those of this key, in order; of many the latest. */
  readonly changes: readonly SeenChange[];
  /** Changes of this key that are not in the document, in order. */
  readonly passedOver: readonly PassedOver[];
  readonly quarantine: QuarantineMark | null;
}

const MOST_CHANGES = 200;

/** Leaf → its value, and the change that it came with; null: it is older than the changes. */
type Origins = Map<string, { readonly value: unknown; readonly origin: Origin | null }>;

/** `changes`: of the document's partition, in order; those of other keys are left out here. `begun`: the document before them, where that is known. */
export function explainDocument(
  projection: Projection,
  id: string,
  stored: StoredDocument | undefined,
  partition: number,
  changes: readonly DecodedChange[],
  begun: DocumentState | null = null,
): Explanation {
  const sync = stored?._sync;
  const applied = sync?.at[partition] ?? -1;
  const aside = sync?.quarantine?.first.offset ?? Infinity;
  const before = begun === null ? [] : leavesOf(projection.definition, begun.content);
  const origins: Origins = new Map(before.map(({ identity, value }) => [identity, { value, origin: null }]));
  const seen: SeenChange[] = [];
  const passedOver: PassedOver[] = [];
  let state = begun;

  for (const each of changes) {
    if (keyOf(each.raw) !== id) continue;
    const { change } = each;
    const position = `${partition}:${each.raw.offset}`;
    seen.push(toSeen(change, position));
    const pass = (why: string): void =>
      void passedOver.push({
        change: position,
        table: change instanceof ChangeError ? null : change.table,
        why,
      });
    if (each.raw.offset >= aside && each.raw.offset <= applied) pass('it is in quarantine');
    else if (each.raw.offset > applied) pass('it is not applied yet');
    else if (change instanceof ChangeError) pass(change.message);
    else if (!projection.tables.has(change.table))
      pass(`${projection.name} does not read the table ${change.table}`);
    else {
      const next = fold(projection, state, change);
      if (typeof next === 'string') pass(next);
      else if (next === state) pass(whyNothing(projection));
      else {
        note(projection, origins, next, toOrigin(change, position));
        state = next;
      }
    }
  }

  const content = stored && sync?.phase !== 'deleted' ? toState(stored).content : {};
  return {
    id,
    phase: sync?.phase ?? null,
    position: sync ? `${partition}:${applied}` : null,
    changedAt: sync?.changedAt ?? null,
    appliedAt: sync?.appliedAt ?? null,
    projectionVersion: sync?.projection ?? null,
    fields: leavesOf(projection.definition, content).map(({ path, identity, table, row, value }) => {
      const known = origins.get(identity);
      const isSame = known !== undefined && differences(known.value, value).length === 0;
      return { path, table, row, origin: isSame ? known.origin : null };
    }),
    changes: seen.slice(-MOST_CHANGES),
    passedOver,
    quarantine: sync?.quarantine ?? null,
  };
}

function whyNothing({ definition: { root } }: Projection): string {
  return root.kind === 'folded' ? 'the event at its position is known' : 'its root row was deleted before';
}

/** A text says why it cannot be applied. */
function fold(
  projection: Projection,
  state: DocumentState | null,
  change: ChangeEvent,
): DocumentState | string {
  try {
    return projection.evolve(state, change);
  } catch (error) {
    if (error instanceof ChangeError) return error.message;
    throw error;
  }
}

/** Whatever is different now came with this change; what is gone is forgotten. */
function note(
  { definition }: Projection,
  origins: Origins,
  state: DocumentState,
  origin: Omit<Origin, 'orEarlier'>,
): void {
  const leaves = leavesOf(definition, state.content);
  const there = new Set(leaves.map(({ identity }) => identity));
  for (const identity of origins.keys()) if (!there.has(identity)) origins.delete(identity);
  for (const { identity, value } of leaves) {
    const known = origins.get(identity);
    if (known !== undefined && differences(known.value, value).length === 0) continue;
    origins.set(identity, {
      value,
      origin: { ...origin, orEarlier: known === undefined && origin.op === 'u' },
    });
  }
}

function toOrigin({ op, source }: ChangeEvent, change: string): Omit<Origin, 'orEarlier'> {
  const { committedAt, lsn, txId } = source;
  return {
    op,
    committedAt: microsToIso(committedAt),
    lsn: lsn === null ? null : formatLsn(lsn),
    transaction: txId,
    change,
  };
}

function toSeen(change: ChangeEvent | ChangeError, position: string): SeenChange {
  if (change instanceof ChangeError)
    return { change: position, op: null, table: null, committedAt: null, lsn: null, transaction: null };
  return { ...toOrigin(change, position), table: change.table };
}
