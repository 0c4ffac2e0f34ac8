/** For any history of the tables: undoing the entries that a document keeps gives exactly the documents that there were. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import history from '../../projections/history.ts';
import type { ChangeEvent } from '../../services/shared/projection/change-event.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { arbitraryHistory, USERS } from '../support/arbitrary-history.ts';
import type { History } from '../support/arbitrary-history.ts';
import { toldDocuments } from '../support/histories/told-documents.ts';
import { documentsOfHistory } from '../support/kept-history.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import type { PureProjector } from '../support/pure-projector.ts';
import { differences } from '../support/same-json.ts';

const keeping = (keep: number): Projection =>
  defineProjection({ ...history.definition, history: { of: 'profiles', keep } });
const ALL = keeping(10_000);
const FEW = keeping(3);

/** What SQL would have served of a user after each of its transactions, since it was created last; the same twice in a row is once. */
function documentsOf(changes: readonly ChangeEvent[], user: string): readonly object[] {
  const told = toldDocuments(changes, []);
  let documents: object[] = [];
  const ofUser = changes.flatMap((change, i) => (change.key === user ? [{ change, told: told[i] }] : []));
  for (const [i, { change, told: is }] of ofUser.entries()) {
    if (is?.phase === 'deleted') documents = [];
    const next = ofUser[i + 1]?.change;
    if (next && groupOf(next) === groupOf(change)) continue;
    const last = documents.at(-1);
    if (is?.served && !(last && differences(last, is.served).length === 0)) documents.push(is.served);
  }
  return documents;
}

function groupOf({ source }: ChangeEvent): string {
  return `${String(source.txId)} ${String(source.snapshot)}`;
}

/** No connector reads a snapshot in the middle of a transaction: what comes after one is another. */
function apart({ changes }: History): readonly ChangeEvent[] {
  let group = 0;
  return changes.map((change, i) => {
    const before = changes[i - 1];
    if (before && groupOf(before) !== groupOf(change)) group += 1;
    const committedAt = 1_764_000_000_000_000 + group;
    return { ...change, source: { ...change.source, txId: group, committedAt } };
  });
}

/**
 * Each user's changes in a partition of their own, in batches of these sizes, some of them delivered again from the beginning. `whole`: none ends
 * within a transaction.
 */
function fold(
  projection: Projection,
  changes: readonly ChangeEvent[],
  sizes: readonly number[],
  whole = false,
): PureProjector {
  const projector = createPureProjector(projection);
  for (const [partition, user] of USERS.entries()) {
    const all = changes.flatMap((change, offset) => (change.key === user ? [{ offset, change }] : []));
    let from = 0;
    for (let i = 0; from < all.length; i++) {
      const size = sizes[i % sizes.length] ?? 1;
      const again = size % 2 === 0 ? 0 : from;
      let end = from + size;
      if (whole) while (isWithin(all[end - 1]?.change, all[end]?.change)) end += 1;
      projector.deliverDecoded(partition, all.slice(again, end));
      from = end;
    }
  }
  return projector;
}

function isWithin(one: ChangeEvent | undefined, next: ChangeEvent | undefined): boolean {
  return one !== undefined && next !== undefined && groupOf(one) === groupOf(next);
}

/** null: it is not live. */
function lastOf(projector: PureProjector, user: string): readonly unknown[] | null {
  const stored = projector.stored(user);
  return stored?._sync.phase === 'live' ? documentsOfHistory(FEW, stored) : null;
}

const batchSizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

describe('a kept history', () => {
  test('gives back every document that there was, however the changes are cut and delivered again', () => {
    fc.assert(
      fc.property(arbitraryHistory.map(apart), batchSizes, (changes, sizes) => {
        const projector = fold(ALL, changes, sizes);
        for (const user of USERS) {
          const expected = documentsOf(changes, user);
          const stored = projector.stored(user);
          const found = stored?._sync.phase === 'live' ? documentsOfHistory(ALL, stored) : [];
          expect(differences(expected, found)).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('that is bounded gives back the last of them', () => {
    fc.assert(
      fc.property(arbitraryHistory.map(apart), batchSizes, (changes, sizes) => {
        const whole = fold(FEW, changes, sizes, true);
        const cut = fold(FEW, changes, sizes);
        for (const user of USERS) {
          const expected = documentsOf(changes, user);
          const found = lastOf(whole, user);
          if (found === null) continue;
          expect(differences(expected.slice(-4), found)).toEqual([]);
          // A transaction that comes to nothing has pushed the oldest entry out where a delivery ended within it.
          const fewer = lastOf(cut, user) ?? [];
          expect(fewer.length).toBeGreaterThanOrEqual(found.length - 1);
          expect(differences(expected.slice(-fewer.length), fewer)).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
