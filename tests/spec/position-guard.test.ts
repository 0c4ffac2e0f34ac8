/** Order is the offset (invariant 2): what was applied is not applied again, and a save names what it started from. */
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import { concerns, groupByDocument } from '../../services/projector/group-by-document.ts';
import type { PositionedChange } from '../../services/projector/group-by-document.ts';
import type { ChangeEvent } from '../../services/shared/projection/change-event.ts';
import { changesOf } from '../support/given-when-then.ts';
import { preferenceRow, preferences, USER, userRow, users } from '../support/profile-rows.ts';
import { createPureProjector } from '../support/pure-projector.ts';

const NOW = new Date('2026-11-23T18:00:00Z');

/** Ten changes that each leave another document: a user whose version grows. */
const versions: readonly PositionedChange[] = Array.from({ length: 10 }, (_, i) => ({
  offset: 100 + i * 3, // offsets have gaps: transaction markers take some
  change: i === 0 ? users.created(userRow()) : users.updated(userRow(), userRow({ version: i + 1 })),
}));
const versionOf = (served: unknown): unknown => (served as { version: number }).version;

const withLsn = (change: ChangeEvent, lsn: number | null): ChangeEvent => ({
  ...change,
  source: { ...change.source, lsn },
});

describe('a change at or below the applied offset', () => {
  test('the same batch twice is one batch', () => {
    const projector = createPureProjector(profile);
    expect(projector.deliverDecoded(0, versions)).toBe(1);
    const once = projector.stored(USER);
    expect(projector.deliverDecoded(0, versions)).toBe(0);
    expect(projector.stored(USER)).toBe(once);
  });

  test('a batch that overlaps the one before adds only what is new', () => {
    const projector = createPureProjector(profile);
    projector.deliverDecoded(0, versions.slice(0, 6));
    projector.deliverDecoded(0, versions.slice(2, 9));
    expect(versionOf(projector.served(USER))).toBe(9);
  });

  test('a document never goes back: an old batch alone is not applied', () => {
    const projector = createPureProjector(profile);
    projector.deliverDecoded(0, versions);
    expect(projector.deliverDecoded(0, versions.slice(0, 3))).toBe(0);
    expect(versionOf(projector.served(USER))).toBe(10);
  });

  test('a delete delivered again does not remove what was created after it', () => {
    const projector = createPureProjector(profile);
    const history = [users.created(userRow()), users.deleted(userRow()), users.created(userRow())];
    const changes = history.map((change, offset) => ({ offset, change }));
    projector.deliverDecoded(0, changes);
    projector.deliverDecoded(0, changes.slice(0, 2));
    expect(projector.phase(USER)).toBe('live');
  });

  test('offset 0 is a position like any other', () => {
    const projector = createPureProjector(profile);
    const first = [{ offset: 0, change: users.created(userRow()) }];
    expect(projector.deliverDecoded(0, first)).toBe(1);
    expect(projector.deliverDecoded(0, first)).toBe(0);
  });

  test('each document has its own position: a late one of a batch does not hide an early one of another', () => {
    const projector = createPureProjector(profile);
    const other = changesOf('users', 'other');
    projector.deliverDecoded(0, [{ offset: 9, change: users.created(userRow()) }]);
    projector.deliverDecoded(0, [{ offset: 5, change: other.created(userRow({ id: 'other' })) }]);
    expect(projector.phase('other')).toBe('live');
  });

  test('the LSN decides nothing: a lower one, later, is applied', () => {
    const projector = createPureProjector(profile);
    projector.deliverDecoded(0, [
      { offset: 1, change: withLsn(users.created(userRow()), 900) },
      { offset: 2, change: withLsn(preferences.created(preferenceRow('a', '1')), 800) },
    ]);
    projector.deliverDecoded(0, [
      { offset: 3, change: withLsn(preferences.created(preferenceRow('b', '2')), null) },
    ]);
    expect(projector.served(USER)).toMatchObject({ preferences: { a: 1, b: 2 } });
  });
});

describe('a save', () => {
  test('keeps the offset of the last change applied, by partition', () => {
    const projector = createPureProjector(profile);
    projector.deliverDecoded(3, versions.slice(0, 2));
    expect(projector.stored(USER)?._sync.at).toEqual({ 3: 103 });
  });

  test('names what it started from; nothing, where there was no document', () => {
    const first = foldDocument(profile, USER, undefined, 3, versions.slice(0, 2), NOW);
    expect(first?.startedFrom).toBeNull();
    const second = foldDocument(profile, USER, first?.document, 3, versions, NOW);
    expect(second?.startedFrom).toEqual({ 3: 103 });
    expect(second?.document._sync.at).toEqual({ 3: 127 });
  });

  test('is not made when nothing is new, nor for an empty batch', () => {
    const first = foldDocument(profile, USER, undefined, 3, versions, NOW);
    expect(foldDocument(profile, USER, first?.document, 3, versions, NOW)).toBeNull();
    expect(foldDocument(profile, USER, first?.document, 3, [], NOW)).toBeNull();
    expect(foldDocument(profile, USER, undefined, 3, [], NOW)).toBeNull();
  });

  test('is made even when the document stays as it was, for the position moves on', () => {
    const update = { offset: 500, change: users.updated(userRow(), userRow()) };
    const first = foldDocument(profile, USER, undefined, 0, versions.slice(0, 1), NOW);
    expect(foldDocument(profile, USER, first?.document, 0, [update], NOW)?.document._sync.at).toEqual({
      0: 500,
    });
  });
});

describe('groupByDocument', () => {
  test('keeps the order within each document, and leaves out tables that no document is made of', () => {
    const other = changesOf('users', 'other');
    const alien = changesOf('orders', USER);
    const changes = [
      { offset: 1, change: users.created(userRow()) },
      { offset: 2, change: other.created(userRow()) },
      { offset: 3, change: alien.created({}) },
      { offset: 4, change: preferences.created(preferenceRow('a', '1')) },
    ];
    const concerned = changes.filter((each) => concerns(profile, each));
    const groups = groupByDocument(concerned, ({ change }) => change.key);
    expect([...groups].map(([id, group]) => [id, group.map(({ offset }) => offset)])).toEqual([
      [USER, [1, 4]],
      ['other', [2]],
    ]);
  });
});
