/** One bad change harms one document (invariant 7): what the fold puts aside, in which order, and what it leaves as it was. */
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { decodeAll, keyOf } from '../../services/projector/decode.ts';
import { whyUnstorable } from '../../services/projector/document-store.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import { concerns, groupByDocument } from '../../services/projector/group-by-document.ts';
import type { PositionedChange } from '../../services/projector/group-by-document.ts';
import { fromRecord, toHeaders } from '../../services/shared/dead-letters/letter.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import { changesOf } from '../support/given-when-then.ts';
import {
  addresses,
  addressRow,
  preferenceRow,
  preferences,
  USER,
  userRow,
  users,
} from '../support/profile-rows.ts';
import { createPureProjector } from '../support/pure-projector.ts';

const NOW = new Date('2026-11-23T18:00:00Z');
const poison = new ChangeError('the change is not JSON');

const version = (offset: number, to: number): PositionedChange => ({
  offset,
  change: users.updated(userRow(), userRow({ version: to })),
});
const created: PositionedChange = { offset: 10, change: users.created(userRow()) };
const bad = (offset: number): PositionedChange => ({ offset, change: poison, key: USER });

const fold = (stored: Parameters<typeof foldDocument>[2], ...changes: readonly PositionedChange[]) =>
  foldDocument(profile, USER, stored, 3, changes, NOW);

describe('a change that cannot be applied, in the middle of others of its document', () => {
  const folded = fold(undefined, created, version(11, 2), bad(12), version(13, 3), version(15, 4));

  test('those before it are applied; it and those after it are put aside, in order', () => {
    expect(folded?.document).toMatchObject({ version: 2, _sync: { phase: 'live', at: { 3: 15 } } });
    expect(folded?.refused).toEqual([
      { offset: 12, error: 'the change is not JSON' },
      { offset: 13, error: 'follows 3:12' },
      { offset: 15, error: 'follows 3:12' },
    ]);
    expect(folded?.document._sync.quarantine).toEqual({
      since: NOW,
      first: { partition: 3, offset: 12 },
      changes: 3,
      error: 'the change is not JSON',
    });
  });

  test('later batches follow, and the document stays as it was', () => {
    const later = foldDocument(profile, USER, folded?.document, 3, [version(16, 5)], new Date(0));
    expect(later?.refused).toEqual([{ offset: 16, error: 'follows 3:12' }]);
    expect(later?.document).toMatchObject({
      version: 2,
      _sync: {
        at: { 3: 16 },
        appliedAt: NOW,
        quarantine: { changes: 4, since: NOW, first: { partition: 3, offset: 12 } },
      },
    });
    // A retry leaves the offsets as they are: the fence names the mark as well.
    expect(later).toMatchObject({ startedFrom: { 3: 15 }, startedFromMark: { changes: 3 } });
  });

  test('delivered again, it is not put aside again', () => {
    expect(fold(folded?.document, bad(12), version(13, 3), version(15, 4))).toBeNull();
    expect(fold(folded?.document, bad(12), version(15, 4), version(16, 5))?.refused).toHaveLength(1);
  });

  test('one that evolve refuses is put aside like one that was not decoded', () => {
    const wrong = { offset: 11, change: users.updated(userRow(), userRow({ version: 'two' })) };
    expect(fold(undefined, created, wrong, version(12, 3))).toMatchObject({
      document: {
        version: 1,
        _sync: { quarantine: { error: 'users.version: expected an integer, got string' } },
      },
      refused: [{ offset: 11 }, { offset: 12 }],
    });
  });

  test('a defect of ours is not: it is thrown', () => {
    const broken = {
      ...profile,
      evolve: () => {
        throw new TypeError('a defect');
      },
    };
    expect(() => foldDocument(broken, USER, undefined, 3, [created], NOW)).toThrow(TypeError);
  });
});

describe('a document that there is not yet', () => {
  test('is marked without content, and nobody can read it', () => {
    const folded = fold(undefined, bad(4), created);
    expect(Object.keys(folded?.document ?? {})).toEqual(['_id', '_sync']);
    expect(folded).toMatchObject({
      startedFrom: null,
      document: { _sync: { phase: 'pending', at: { 3: 10 }, quarantine: { changes: 2 } } },
    });
  });

  test('a tombstone with a mark is not ended by the TTL', () => {
    const deleted = fold(undefined, created, { offset: 11, change: users.deleted(userRow()) });
    expect(deleted?.document._sync.deletedAt).toEqual(NOW);
    const folded = fold(deleted?.document, bad(12));
    expect(folded?.document._sync).toMatchObject({ phase: 'deleted', quarantine: { changes: 1 } });
    expect(folded?.document._sync.deletedAt).toBeUndefined();
  });
});

describe('a document that MongoDB would not take', () => {
  const megabyte = (offset: number): PositionedChange => ({
    offset,
    change: preferences.created(preferenceRow(`p${offset}`, JSON.stringify('x'.repeat(1024 * 1024)))),
  });
  const seventeen = Array.from({ length: 17 }, (_, i) => megabyte(100 + i));

  test('the change that makes it too large is put aside, and those before it are kept', () => {
    const folded = foldDocument(profile, USER, undefined, 0, [created, ...seventeen], NOW, whyUnstorable);
    expect(folded?.refused.map(({ offset }) => offset)).toEqual([115, 116]);
    expect(folded?.document._sync.quarantine?.error).toMatch(/larger than the 16 MB/);
    expect(folded && whyUnstorable(folded.document)).toBeNull();
  });

  test('what is made smaller again in the same batch is taken', () => {
    const smaller = { offset: 200, change: preferences.deleted(preferenceRow('p100', '""')) };
    const smaller2 = { offset: 201, change: preferences.deleted(preferenceRow('p101', '""')) };
    const changes = [created, ...seventeen, smaller, smaller2];
    expect(foldDocument(profile, USER, undefined, 0, changes, NOW, whyUnstorable)?.refused).toEqual([]);
  });

  test('a name that BSON cannot hold is refused, and tells no value', () => {
    const change = { offset: 11, change: preferences.created(preferenceRow('secret\0', '1')) };
    const folded = foldDocument(profile, USER, undefined, 0, [created, change], NOW, whyUnstorable);
    expect(folded?.refused).toEqual([{ offset: 11, error: 'the document would hold what BSON cannot' }]);
  });
});

describe('a batch', () => {
  test('one document is degraded, and the others are as they would be without it', () => {
    const other = changesOf('users', 'other');
    const changes = [
      created,
      bad(11),
      { offset: 12, change: other.created(userRow({ id: 'other' })) },
      version(13, 2),
    ];
    const projector = createPureProjector(profile);
    projector.deliverDecoded(0, changes);
    const without = createPureProjector(profile);
    without.deliverDecoded(0, [changes[2] ?? created]);
    expect(projector.stored('other')).toEqual(without.stored('other'));
    expect(projector.stored(USER)?._sync.quarantine?.changes).toBe(2);
  });

  test('what names no document is told apart: a change without a key, and one of a table that nobody projects', () => {
    const alien = { offset: 3, change: changesOf('orders', USER).created({}) };
    const keyless = { offset: 2, change: poison };
    const else_: number[] = [];
    const keyed = ({ key }: PositionedChange): string | null => key ?? null;
    const groups = groupByDocument<PositionedChange>([bad(1), keyless], keyed, ({ offset }) =>
      else_.push(offset),
    );
    expect([...groups.keys()]).toEqual([USER]);
    expect(else_).toEqual([2]);
    expect([bad(1), alien].map((each) => concerns(profile, each))).toEqual([true, false]);
  });

  test('undecodable bytes belong to the document that the key names; TRUNCATE has no key', () => {
    const raws = [
      { offset: 1, timestamp: 0, key: Buffer.from(USER), value: Buffer.from('{') },
      { offset: 2, timestamp: 0, key: null, value: Buffer.from('{"op":"t","source":{}}') },
    ];
    expect(
      decodeAll(raws).map(({ raw, change }) => [keyOf(raw), change instanceof ChangeError && change.message]),
    ).toEqual([
      [USER, 'the change is not JSON'],
      [null, 'the operation "t" cannot be projected'],
    ]);
  });

  test.each([
    ['none', null],
    ['an empty one', Buffer.alloc(0)],
    ['one that is no UTF-8', Buffer.from([0xff, 0xfe])],
    ['one longer than any id', Buffer.alloc(2000, 'k')],
  ])('a key that names nothing: %s', (_name, key) => {
    expect(keyOf({ offset: 0, timestamp: 0, key, value: null })).toBeNull();
  });
});

describe('a letter', () => {
  const letter = {
    key: Buffer.from(USER),
    value: Buffer.from([0, 255]),
    topic: 'profile.changes',
    partition: 3,
    offset: 12,
    timestamp: 1_764_000_000_000,
    error: 'users.email: expected text, got number',
    projection: 'profile',
    version: 1,
    quarantinedAt: NOW,
  };

  test('comes back as it was written, bytes and all', () => {
    const headers = Object.fromEntries(
      Object.entries(toHeaders(letter)).map(([name, text]) => [name, Buffer.from(text)]),
    );
    expect(fromRecord(letter.key, letter.value, headers)).toEqual(letter);
    expect(fromRecord(null, null, headers)).toEqual({ ...letter, key: null, value: null });
  });

  test('a record of somebody else is none', () => {
    expect(fromRecord(letter.key, letter.value, {})).toBeNull();
  });
});

test('children of a marked document wait with it', () => {
  const marked = fold(undefined, created, bad(11))?.document;
  const child = { offset: 12, change: addresses.created(addressRow('a')) };
  expect(fold(marked, child)).toMatchObject({ document: { addresses: [] }, refused: [{ offset: 12 }] });
});
