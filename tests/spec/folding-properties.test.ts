/** For any history: the documents are what the rows say, however the history is cut into batches and delivered again. */
/* oxlint-disable jest/expect-expect -- the helpers named expect… do */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import profile from '../../projections/profile.ts';
import type { PositionedChange } from '../../services/projector/group-by-document.ts';
import { toState } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { arbitraryHistory, USERS } from '../support/arbitrary-history.ts';
import type { History } from '../support/arbitrary-history.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import type { PureProjector } from '../support/pure-projector.ts';
import { differences } from '../support/same-json.ts';

/** One delivery: a partition, how far it goes back behind what was delivered, and how much it takes. */
const arbitraryDeliveries = fc.array(
  fc.record({ partition: fc.nat(USERS.length - 1), back: fc.nat(8), take: fc.integer({ min: 1, max: 8 }) }),
  { maxLength: 40 },
);

/** Each user's changes in a partition of their own, with gaps between the offsets. */
function partitionsOf({ changes }: History): ReadonlyArray<readonly PositionedChange[]> {
  const positioned = changes.map((change, i) => ({ offset: i * 2, change }));
  return USERS.map((user) => positioned.filter(({ change }) => change.key === user));
}

function foldOnce(history: History): PureProjector {
  const projector = createPureProjector(profile);
  for (const [partition, changes] of partitionsOf(history).entries())
    projector.deliverDecoded(partition, changes);
  return projector;
}

/** The spelling of an exact number may differ (1e400, 1E+400), nothing else may. */
function expectSameStored(expected: StoredDocument | undefined, actual: StoredDocument | undefined): void {
  expect(actual?._sync).toEqual(expected?._sync);
  expect(actual?._keys).toEqual(expected?._keys);
  expect(differences(expected && toState(expected), actual && toState(actual))).toEqual([]);
}

function expectDocuments(projector: PureProjector, { documents }: History): void {
  for (const id of USERS) expect(differences(documents.get(id) ?? null, projector.served(id))).toEqual([]);
}

describe('a history', () => {
  test('folded at once gives the documents that its rows make, and none for a user without a row', () => {
    fc.assert(
      fc.property(arbitraryHistory, (history) => expectDocuments(foldOnce(history), history)),
      { numRuns: 300 },
    );
  });

  test('cut into any batches, delivered again in any measure, gives the same stored documents', () => {
    fc.assert(
      fc.property(arbitraryHistory, arbitraryDeliveries, (history, deliveries) => {
        const partitions = partitionsOf(history);
        const delivered = partitions.map(() => 0);
        const projector = createPureProjector(profile);
        for (const { partition, back, take } of deliveries) {
          const from = Math.max(0, (delivered[partition] ?? 0) - back);
          projector.deliverDecoded(partition, partitions[partition]?.slice(from, from + take) ?? []);
          delivered[partition] = Math.max(
            delivered[partition] ?? 0,
            Math.min(from + take, partitions[partition]?.length ?? 0),
          );
        }
        for (const [partition, changes] of partitions.entries())
          projector.deliverDecoded(partition, changes.slice(delivered[partition]));
        const once = foldOnce(history);
        for (const id of USERS) expectSameStored(once.stored(id), projector.stored(id));
        expectDocuments(projector, history);
      }),
      { numRuns: 300 },
    );
  });

  test('every prefix leaves a position that never falls', () => {
    fc.assert(
      fc.property(arbitraryHistory, fc.array(fc.nat(60)), (history, starts) => {
        const [changes = []] = partitionsOf(history);
        const projector = createPureProjector(profile);
        let highest = -1;
        for (const start of starts) {
          projector.deliverDecoded(0, changes.slice(0, start));
          const at = projector.stored(USERS[0] ?? '')?._sync.at['0'] ?? -1;
          expect(at).toBeGreaterThanOrEqual(highest);
          highest = at;
        }
      }),
      { numRuns: 100 },
    );
  });
});
