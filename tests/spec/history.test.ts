/** What a document keeps of its past, entry by entry. That undoing them is exact is in history-properties.test.ts. */
import { describe, expect, test } from '@jest/globals';
import history from '../../projections/history.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import type { PositionedChange } from '../../services/projector/group-by-document.ts';
import type { ChangeEvent, RawRow } from '../../services/shared/projection/change-event.ts';
import { historyMadeAnew, historyThrough } from '../../services/shared/projection/history.ts';
import type { History } from '../../services/shared/projection/history-entry.ts';
import { stateAt, stateOfRevision } from '../../services/shared/projection/past.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { toState } from '../../services/shared/stored-document.ts';
import { documentsOfHistory, keptHistory } from '../support/kept-history.ts';
import {
  addressFields,
  addresses,
  addressRow,
  preferenceRow,
  preferences,
  USER,
  userRow,
  users,
} from '../support/profile-rows.ts';
import { createPureProjector, throughBson } from '../support/pure-projector.ts';
import type { PureProjector } from '../support/pure-projector.ts';

const HOME = 'aaaaaaaa-0000-7000-8000-000000000001';
const SECOND = 1_000_000;
const START = 1_764_000_000 * SECOND;
const DAY = 86_400 * SECOND;
const NOW = new Date('2026-11-23T18:00:00Z');

/** Changes of one transaction, committed `after` microseconds behind START. */
function transaction(tx: number, after: number, ...changes: readonly ChangeEvent[]): readonly ChangeEvent[] {
  return changes.map((each) => ({
    ...each,
    source: { ...each.source, txId: tx, committedAt: START + after, lsn: 1000 * tx },
  }));
}

/** Delivers all of them, one batch a list. */
function projected(projection: Projection, ...batches: ReadonlyArray<readonly ChangeEvent[]>): PureProjector {
  const projector = createPureProjector(projection);
  let offset = 0;
  for (const batch of batches) {
    projector.deliverDecoded(
      2,
      batch.map((change): PositionedChange => ({ offset: offset++, change })),
    );
  }
  return projector;
}

const historyIn = (projector: PureProjector): History => keptHistory(projector.stored(USER));
const row = (columns: RawRow = {}): RawRow => userRow(columns);
const create = transaction(1, 0, users.created(row({ changed_by: 'psql' })));
const rename = (tx: number, after: number, name: string, version = tx): readonly ChangeEvent[] =>
  transaction(tx, after, users.updated(row(), row({ full_name: name, version, changed_by: 'app' })));
const keeping = (kept: { readonly keep: number; readonly days?: number }): Projection =>
  defineProjection({ ...history.definition, history: { of: 'profiles', ...kept } });

describe('a transaction', () => {
  test('that creates a document is its first entry: all of it came, by whom and when', () => {
    const { since, dropped, entries } = historyIn(projected(history, create));
    expect({ since, dropped, entries: entries.length }).toEqual({ since: null, dropped: 0, entries: 1 });
    expect(entries[0]).toMatchObject({
      kind: 'created',
      tx: 1,
      at: START,
      lsn: 1000,
      position: { partition: 2, offset: 0 },
      by: 'psql',
    });
    expect(entries[0]?.changes).toContainEqual({ path: 'fullName', after: 'Ada' });
    expect(entries[0]?.changes).toContainEqual({ path: 'bio', after: null });
    expect(entries[0]?.changes.some(({ path }) => path === 'id')).toBe(false);
  });

  test('is one entry whatever it touches: fields, elements and what is in them, by their keys', () => {
    const touched = transaction(
      3,
      2 * SECOND,
      addresses.updated(addressRow(HOME), addressRow(HOME, { city: 'Porto' })),
      preferences.created(preferenceRow('a/b~c', '"x"')),
      users.updated(row(), row({ version: 3, changed_by: 'readside-write-api' })),
    );
    const first = transaction(2, SECOND, addresses.created(addressRow(HOME)));
    const { entries } = historyIn(projected(history, create, first, touched));
    expect(entries.map(({ changes }) => changes).slice(1)).toEqual([
      [{ path: `addresses/${HOME}`, after: expect.objectContaining({ id: HOME, city: 'Paris' }) }],
      [
        { path: 'version', before: 1, after: 3 },
        { path: `addresses/${HOME}/city`, before: 'Paris', after: 'Porto' },
        { path: 'preferences/a~1b~0c', after: 'x' },
      ],
    ]);
    expect(entries[1]).toMatchObject({ kind: 'changed', by: null, position: { partition: 2, offset: 1 } });
    expect(entries[2]).toMatchObject({ by: 'readside-write-api', position: { partition: 2, offset: 4 } });
  });

  test('that is cut between two deliveries is one entry all the same', () => {
    const [add, bump] = transaction(
      2,
      SECOND,
      addresses.created(addressRow(HOME)),
      users.updated(row(), row({ version: 2, changed_by: 'app' })),
    );
    if (!add || !bump) throw new Error('there are two');
    const cut = historyIn(projected(history, create, [add], [bump]));
    expect(cut).toEqual(historyIn(projected(history, create, [add, bump])));
    expect(cut.entries.at(-1)).toMatchObject({ by: 'app', position: { partition: 2, offset: 2 } });
  });

  test('that changes nothing, or takes back what it did, is none', () => {
    const nothing = transaction(2, SECOND, users.updated(row(), row()));
    const undoes = transaction(
      3,
      2 * SECOND,
      preferences.created(preferenceRow('theme', '"dark"')),
      preferences.deleted(preferenceRow('theme', '"dark"')),
    );
    expect(historyIn(projected(history, create, nothing, undoes)).entries).toHaveLength(1);
    const [first, second] = undoes;
    if (!first || !second) throw new Error('there are two');
    expect(historyIn(projected(history, create, [first], [second])).entries).toHaveLength(1);
  });

  test('of the same number long after is another one', () => {
    const again = rename(2, 5 * SECOND, 'Grace', 3);
    expect(historyIn(projected(history, create, rename(2, SECOND, 'Ida'), again)).entries).toHaveLength(3);
  });

  test('delivered again adds nothing', () => {
    const projector = projected(history, create, rename(2, SECOND, 'Ida'));
    const before = projector.stored(USER);
    const again = [...create, ...rename(2, SECOND, 'Ida')].map((change, offset) => ({ offset, change }));
    expect(projector.deliverDecoded(2, again)).toBe(0);
    expect(projector.stored(USER)).toEqual(before);
  });
});

describe('a history begins', () => {
  test('where a snapshot found the document, with all its rows and no change', () => {
    const snapshot = [addresses.read(addressRow(HOME)), users.read(row())].map((each) => ({
      ...each,
      source: { ...each.source, committedAt: START, txId: 77 },
    }));
    const found = historyIn(projected(history, snapshot.slice(0, 1), snapshot.slice(1)));
    expect(found).toMatchObject({ since: START, entries: [{ kind: 'found', tx: null, changes: [] }] });
    const later = projected(history, snapshot, rename(2, SECOND, 'Ida'));
    expect(historyIn(later).entries.map(({ kind }) => kind)).toEqual(['found', 'changed']);
  });

  test('with a change of a row that the stream has not seen created', () => {
    const { since, entries } = historyIn(projected(history, rename(5, SECOND, 'Ida')));
    expect({ since, kinds: entries.map(({ kind }) => kind) }).toEqual({
      since: START + SECOND,
      kinds: ['found'],
    });
  });

  test('anew after a delete, which leaves nothing of it', () => {
    const projector = projected(history, create, transaction(2, SECOND, users.deleted(row())));
    expect(Object.keys(projector.stored(USER) ?? {})).toEqual(['_id', '_sync']);
    const again = transaction(3, 2 * SECOND, users.created(row({ full_name: 'Eve' })));
    const reborn = historyIn(projected(history, create, transaction(2, SECOND, users.deleted(row())), again));
    expect(reborn).toMatchObject({ since: null, entries: [{ kind: 'created', tx: 3 }] });
  });
});

describe('a history is bounded', () => {
  test('by the number of entries: the oldest fall away, and it says since when it is whole', () => {
    const projector = projected(
      keeping({ keep: 2 }),
      create,
      rename(2, SECOND, 'Ida'),
      rename(3, 2 * SECOND, 'Eve'),
    );
    expect(historyIn(projector)).toMatchObject({
      since: START,
      dropped: 1,
      entries: [{ tx: 2 }, { tx: 3 }],
    });
  });

  test('by their age, against the commit time of the newest, which stays', () => {
    const few = keeping({ keep: 10, days: 2 });
    const projector = projected(few, create, rename(2, DAY, 'Ida'), rename(3, 3 * DAY, 'Eve'));
    expect(historyIn(projector)).toMatchObject({ since: START, entries: [{ tx: 2 }, { tx: 3 }] });
    const late = projected(few, create, rename(2, DAY, 'Ida'), rename(3, 9 * DAY, 'Eve'));
    expect(historyIn(late)).toMatchObject({ since: START + DAY, dropped: 2, entries: [{ tx: 3 }] });
  });

  test('by what can be stored: it falls away before a change is refused for it', () => {
    const projector = projected(history, create, rename(2, SECOND, 'Ida'));
    const [change] = rename(3, 2 * SECOND, 'Eve');
    if (!change) throw new Error('there is one');
    const fold = foldDocument(
      history,
      USER,
      stored(projector),
      2,
      [{ offset: 9, change }],
      NOW,
      (document) => (keptHistory(throughBson(document)).entries.length > 0 ? 'too large' : null),
    );
    expect(fold).toMatchObject({ refused: [], document: { fullName: 'Eve' } });
    expect(keptHistory(fold?.document)).toEqual({ since: START + 2 * SECOND, dropped: 3, entries: [] });
  });
});

describe('a document as it was', () => {
  const projector = projected(
    keeping({ keep: 3 }),
    create,
    rename(2, SECOND, 'Ida', 2),
    transaction(3, 2 * SECOND, preferences.created(preferenceRow('theme', '"dark"'))),
    rename(4, 3 * SECOND, 'Eve', 4),
    rename(5, 4 * SECOND, 'Joan', 5),
  );
  const { definition } = keeping({ keep: 3 });
  const { content } = toState(stored(projector));
  const kept = historyIn(projector);
  const nameAt = (after: number): unknown => {
    const state = stateAt(definition, content, kept, START + after);
    return typeof state === 'string' ? state : [state.content['fullName'], state.entry?.tx ?? null];
  };
  const nameOf = (revision: number): unknown => {
    const state = stateOfRevision(definition, content, kept, revision);
    return typeof state === 'string' ? state : [state.content['fullName'], state.entry?.tx ?? null];
  };

  test('at a time: after the last transaction that had been committed by then', () => {
    expect([9, 4, 3.5, 3, 2, 1.5, 1, 0.5].map((seconds) => nameAt(seconds * SECOND))).toEqual([
      ['Joan', 5],
      ['Joan', 5],
      ['Eve', 4],
      ['Eve', 4],
      ['Ida', 3],
      ['Ida', null],
      ['Ida', null],
      'not-kept',
    ]);
    const whole = historyIn(projected(history, create));
    expect(stateAt(definition, content, whole, START - 1)).toBe('not-yet');
  });

  test('with a version: after the transaction that set it', () => {
    expect([6, 5, 4, 3, 2, 1].map(nameOf)).toEqual([
      'not-yet',
      ['Joan', 5],
      ['Eve', 4],
      'never',
      ['Ida', null],
      'not-kept',
    ]);
  });
});

describe('a document made anew from the source', () => {
  const live = projected(history, create, rename(2, SECOND, 'Ida'), rename(3, 2 * SECOND, 'Eve'));
  const known = { content: toState(stored(live)).content, history: historyIn(live) };
  const stamp = { kind: 'rebuilt', tx: null, at: START + DAY, lsn: 9, position: null, by: null } as const;

  test('keeps its history where it was right', () => {
    expect(historyMadeAnew(history.definition, known, known.content, stamp)).toEqual(known.history);
  });

  test('has an entry of what was different where it was not', () => {
    const made = historyMadeAnew(history.definition, known, { ...known.content, bio: 'new' }, stamp);
    expect(made.entries.at(-1)).toEqual({
      ...stamp,
      changes: [{ path: 'bio', before: null, after: 'new' }],
    });
    expect(made.entries).toHaveLength(4);
  });

  test('begins its history where none can be read', () => {
    const begun = { since: stamp.at, dropped: 0, entries: [{ ...stamp, changes: [] }] };
    expect(historyMadeAnew(history.definition, null, known.content, stamp)).toEqual(begun);
    const without = { content: known.content, history: null };
    expect(historyMadeAnew(history.definition, without, known.content, stamp)).toEqual(begun);
  });

  test('can be taken over as it was when a snapshot saw a part of it', () => {
    const then = historyThrough(history.definition, known, ({ tx }) => (tx ?? 0) < 3);
    expect(then?.content['fullName']).toBe('Ida');
    expect(then?.history?.entries.map(({ tx }) => tx)).toEqual([1, 2]);
    expect(historyThrough(history.definition, known, () => false)).toBeNull();
  });
});

test('documents of a history are whole, in order, with exact numbers', () => {
  const projector = projected(
    history,
    create,
    transaction(
      2,
      SECOND,
      addresses.created(addressRow(HOME)),
      preferences.created(preferenceRow('n', '1e400')),
    ),
    transaction(3, 2 * SECOND, preferences.updated(preferenceRow('n', '1e400'), preferenceRow('n', '2'))),
  );
  const documents = documentsOfHistory(history, stored(projector));
  expect(JSON.parse(JSON.stringify(documents[1]))).toMatchObject({
    id: USER,
    addresses: [addressFields(HOME)],
    preferences: { n: { value: expect.stringMatching(/^1e\+?400$/i) } },
  });
  expect(documents[2]).toMatchObject({ preferences: { n: 2 } });
});

describe('a definition', () => {
  test.each([
    [{ of: 'profile_histories', keep: 1 }, 'a collection of its own'],
    [{ of: 'profiles', keep: 0 }, 'above 0'],
    [{ of: 'profiles', keep: 1.5 }, 'above 0'],
    [{ of: 'profiles', keep: 1, days: 0 }, 'above 0'],
  ])('with the history %j is refused', (kept, why) => {
    expect(() => defineProjection({ ...history.definition, history: kept })).toThrow(why);
  });
});

function stored(projector: PureProjector) {
  const document = projector.stored(USER);
  if (!document) throw new Error('it is not there');
  return document;
}
