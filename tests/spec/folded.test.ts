/** Documents that are folded from events: the order they are taken in, what is refused, and that SQL's events fold to the same. */
/* oxlint-disable jest/expect-expect -- `then…` of given-when-then expects */
import { describe, expect, test } from '@jest/globals';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { explainDocument } from '../../services/projector/explain/explain-document.ts';
import { checkSource } from '../../services/shared/check/check-source.ts';
import type { CatalogTable, Publication } from '../../services/shared/check/source-catalog.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { ChangeEvent } from '../../services/shared/projection/change-event.ts';
import { folded, list, table } from '../../services/shared/projection/definition.ts';
import type { FoldedRoot, ProjectionDefinition } from '../../services/shared/projection/definition.ts';
import {
  decimal,
  from,
  integer,
  json,
  nullable,
  text,
  timestamp,
} from '../../services/shared/projection/field-types.ts';
import { eventsBefore } from '../../services/shared/projection/fold.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { shapeOf } from '../../services/shared/projection/shape.ts';
import { contentOf } from '../../services/shared/stored-document.ts';
import gameHistory from '../fixtures/projections/game-history.ts';
import gameScores from '../fixtures/projections/game-scores.ts';
import games from '../fixtures/projections/games.ts';
import { changesOf, specOf } from '../support/given-when-then.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import { differences } from '../support/same-json.ts';

const { given } = specOf(games, 'g1');
const events = changesOf('game_events', 'g1');
const AT = '2026-11-23T18:00:00.5Z';

function row(turn: number, kind: string, data: object | string = {}): Readonly<Record<string, unknown>> {
  const column = typeof data === 'string' ? data : JSON.stringify(data);
  return { game: 'g1', turn, event: `e${turn}`, kind, data: column, player: 'Ann', played: AT };
}
const started = row(1, 'started', { name: 'Final' });
const scored = (turn: number, points: unknown = 2, by = 'Ann'): ReturnType<typeof row> =>
  row(turn, 'scored', { by, points });

const open = {
  id: 'g1',
  turn: 1,
  status: 'open',
  name: 'Final',
  points: 0,
  players: {},
  startedAt: '2026-11-23T18:00:00.500000Z',
};

describe('a document', () => {
  test('begins with the first event', () => {
    given().when(events.created(started)).then(open);
  });

  test('goes on from event to event, of a snapshot and of the stream', () => {
    given(events.read(started), events.read(scored(2)))
      .when(
        events.created(scored(3, 5, 'Bob')),
        events.created(scored(4, -1)),
        events.created(row(5, 'ended')),
      )
      .then({ ...open, turn: 5, status: 'over', points: 6, players: { Ann: 1, Bob: 5 } });
  });

  test('knows an event that comes again', () => {
    given(events.read(started), events.created(scored(2)))
      .when(events.created(started), events.created(scored(2, 100)), events.read(started))
      .thenUnchanged();
  });
});

describe('refused is', () => {
  test.each<readonly [string, ChangeEvent, string]>([
    ['an event that leaves a gap', events.created(scored(3)), 'the event at position 3 follows the one at 1'],
    ['an event that was changed', events.updated(started, started), 'events are added and never changed'],
    ['an event that was deleted', events.deleted(started), 'events are added and never deleted'],
    ['what the fold throws at', events.created(row(2, 'sold')), 'the type of the event is not known'],
    [
      'an event of another form',
      events.created(scored(2, 'two')),
      'game_events.data → points: expected an integer',
    ],
    ['a result of another form', events.created(scored(2, Number.MAX_SAFE_INTEGER - 1)), ''],
  ])('%s', (_what, change, message) => {
    if (message !== '') given(events.created(started)).when(change).thenRefused(message);
    else
      given(events.created(started), events.created(scored(2, 10)))
        .when(events.created(scored(3, Number.MAX_SAFE_INTEGER)))
        .thenRefused('the fold’s points: expected an integer');
  });

  test('a first event that is not the first', () => {
    given()
      .when(events.created(scored(2)))
      .thenRefused('the event at position 2 follows the one at 0');
    given()
      .when(events.created(row(0, 'started')))
      .thenRefused('the event at position 0 follows the one at 0');
  });

  test('all that follows it, until it is dealt with', () => {
    given(events.created(started), events.created(row(2, 'sold')))
      .when(events.created(scored(3)))
      .thenUnchanged();
  });
});

/** A fold that gives `result`, whatever happened. */
function giving(
  result: unknown,
  evolve = (): object => result as object,
): ReturnType<typeof defineProjection> {
  return defineProjection({
    name: 'gifts',
    version: 1,
    stream: 'gifts',
    resource: 'gifts',
    root: folded<object, object>('gift_events', {
      key: 'id',
      position: 'n',
      event: { kind: text },
      fields: {
        id: text,
        n: integer,
        title: nullable(text),
        price: decimal,
        more: json,
        at: nullable(timestamp),
      },
      initial: {},
      evolve,
    }),
  });
}

describe('what a fold gives', () => {
  const gift = changesOf('gift_events', 'a');
  const event = gift.created({ id: 'a', n: 1, kind: 'x' });

  test('is what documents hold: nothing is null, dates have six digits, and undefined is left out', () => {
    const result = {
      price: 1.5,
      at: '2026-11-23T18:00:00Z',
      more: { b: undefined, c: [{ d: undefined }], e: null },
    };
    specOf(giving(result), 'a')
      .given()
      .when(event)
      .then({
        id: 'a',
        n: 1,
        title: null,
        price: '1.5',
        more: { c: [{}], e: null },
        at: '2026-11-23T18:00:00.000000Z',
      });
  });

  test.each<readonly [unknown, string]>([
    [{ more: 1 }, 'price: expected decimal, got nothing'],
    [{ price: 'dear', more: 1 }, 'price: expected a decimal'],
    [{ price: '1' }, 'more: expected json, got nothing'],
    [{ price: '1', more: [undefined] }, 'more: expected json, got undefined'],
    [{ price: '1', more: { a: new Date(0) } }, 'more: expected json, got an object of Date'],
    [{ price: '1', more: new Map() }, 'more: expected json, got an object of Map'],
    [{ price: '1', more: Number.NaN }, 'more: expected json, got number'],
    [{ price: '1', more: 1n }, 'more: expected json, got bigint'],
    [{ price: '1', more: 1, title: 5 }, 'title: expected text, got number'],
    [{ price: '1', more: 1, other: 5 }, 'gives other, which is no field'],
    [Promise.resolve({}), 'price: expected decimal, got nothing'],
    [null, 'gives no document'],
    [[], 'gives no document'],
  ])('is refused: %p', (result, message) => {
    specOf(giving(result), 'a').given().when(event).thenRefused(message);
  });

  test('is not made by changing what it was given', () => {
    const impure = giving(null, (...args: readonly unknown[]) =>
      Object.assign(args[0] as object, { price: '1' }),
    );
    specOf(impure, 'a').given().when(event).thenRefused('not extensible');
  });
});

/** As the source view prints the rows. */
function printed(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const each = rows.map(({ turn, kind, data, played }) => {
    const value = JSON.parse(String(data)) as { points?: unknown };
    const event = { type: kind, data: value, points: value.points ?? null, at: played };
    return { position: turn, event };
  });
  return JSON.stringify(each);
}

describe('what SQL prints', () => {
  const rows = [started, scored(2), scored(3, 5, 'Bob'), row(4, 'ended')];

  test('folds to what the stream folds to', () => {
    const projector = createPureProjector(games);
    projector.deliverDecoded(
      0,
      rows.map((each, offset) => ({ offset, change: events.created(each) })),
    );
    const { json: source, refused } = games.fromSource('g1', printed(rows));
    expect(refused).toBeNull();
    expect(differences(parseLossless(source ?? ''), projector.served('g1'))).toEqual([]);
    expect(Object.keys(JSON.parse(source ?? '') as object)).toEqual(
      Object.keys(games.definition.root.fields),
    );
  });

  test.each([
    ['a gap', [started, scored(3)], 'position 3 follows the one at 1'],
    ['an event that the fold refuses', [started, row(2, 'sold'), scored(3)], 'is not known'],
    ['an event of another form', [started, scored(2, 'two')], 'points: expected an integer'],
  ])('is told as far as it goes: before %s', (_what, some, why) => {
    const { json: source, refused } = games.fromSource('g1', printed(some));
    expect(JSON.parse(source ?? '')).toEqual(open);
    expect(refused).toContain(why);
  });

  test('is no document where the first event is refused', () => {
    expect(games.fromSource('g1', printed([scored(2)]))).toMatchObject({
      json: null,
      refused: expect.any(String),
    });
  });

  test('is grouped by the stream, in order, and asks for no field of the fold', () => {
    const sql = games.sourceView.sql.replaceAll(/\s+/g, ' ');
    expect(sql).toContain('SELECT r."game" AS id, json_agg(');
    expect(sql).toContain('r."turn" AS position, (SELECT e FROM (SELECT r."kind" AS "type", ');
    expect(sql).toContain(`(r."data" #> ARRAY['points']) AS "points"`);
    expect(sql).toContain(
      'ORDER BY r."turn") AS document, max(r."turn") AS revision FROM public."game_events" r GROUP BY r."game";',
    );
    expect(sql).not.toContain('players');
    expect(games.sourceView.lookupColumns).toEqual({});
  });
});

test('a history has an entry a transaction, and gives back what was', () => {
  const projector = createPureProjector(gameHistory);
  const inTransaction = (txId: number, each: Readonly<Record<string, unknown>>): ChangeEvent => {
    const change = events.created(each);
    return { ...change, source: { ...change.source, txId, committedAt: 1_764_000_000_000_000 + txId } };
  };
  const changes = [
    inTransaction(1, started),
    inTransaction(1, scored(2)),
    inTransaction(2, scored(3, 5, 'Bob')),
  ];
  projector.deliverDecoded(
    0,
    changes.map((change, offset) => ({ offset, change })),
  );
  expect(projector.stored('g1')?._history).toMatchObject({
    entries: [
      { kind: 'created', by: 'Ann' },
      {
        kind: 'changed',
        changes: [
          { path: 'turn', before: 2, after: 3 },
          { path: 'points', before: 2, after: 7 },
          { path: 'players', before: { Ann: 2 }, after: { Ann: 2, Bob: 5 } },
        ],
      },
    ],
  });
});

test('what the topic has no more is not laid to the first event that it still has', () => {
  const projector = createPureProjector(games);
  const rows = [started, scored(2), scored(3, 5, 'Bob')];
  projector.deliverDecoded(
    0,
    rows.map((each, offset) => ({ offset, change: events.created(each) })),
  );
  const known = eventsBefore(printed(rows), 3);
  const begun = {
    phase: 'live',
    content: contentOf(games, games.fromSource('g1', known).json ?? ''),
  } as const;
  const last = { offset: 2, key: Buffer.from('g1'), value: null, timestamp: 0 };
  const changes = [{ raw: last, change: events.created(scored(3, 5, 'Bob')) }];
  const told = explainDocument(games, 'g1', projector.stored('g1'), 0, changes, begun);
  expect(told.passedOver).toEqual([]);
  expect(told.fields.map(({ path, origin }) => [path, origin?.change ?? null])).toEqual([
    ['turn', '0:2'],
    ['status', null],
    ['name', null],
    ['points', '0:2'],
    ['players', '0:2'],
    ['startedAt', null],
  ]);
});

test('a document counts in groups of folded fields', () => {
  const { content } = gameScores.evolve(
    gameScores.evolve(null, events.created(started)),
    events.created(scored(2)),
  );
  expect(gameScores.talliesOf?.(content)).toEqual([
    '["games","open","2026-11-23"]',
    { tally: '["games.points","open","2026-11-23"]', amount: 2 },
  ]);
});

describe('from the definition comes', () => {
  test('the revision: how far it is folded', () => {
    expect(games.definition.revision).toBe('turn');
  });

  test('a connector whose snapshot reads the events of a stream in order', () => {
    const config = connectorConfig('games', [...gameScores.captured, ...games.captured]);
    expect(config).toMatchObject({
      'message.key.columns': 'public.game_events:game',
      'snapshot.select.statement.overrides': 'public.game_events',
      'snapshot.select.statement.overrides.public.game_events':
        'select * from "public"."game_events" order by "game", "turn"',
    });
    const other = games.captured.map((each) => ({ ...each, orderColumn: 'played' }));
    expect(() => connectorConfig('games', [...games.captured, ...other])).toThrow(
      'ordered by turn and by played',
    );
  });

  test('no table whose row ends a transaction: another event of the stream may follow', () => {
    expect(games.closingTable).toBeNull();
  });

  test('where its author says that each event is whole, nothing is waited for', () => {
    const root = { ...games.definition.root, eventIsWhole: true };
    expect(defineProjection({ ...games.definition, root }).closingTable).toBe('game_events');
  });

  test('a shape that tells events from what is folded of them', () => {
    const { documents } = shapeOf(games.definition);
    expect(documents).toMatchObject({
      document: 'one for each stream of events in game_events, by id, in the order of turn',
      id: 'text from game_events.game',
      turn: 'integer from game_events.turn',
      points: 'integer, folded',
      'event points': 'nullable integer from game_events.data → points',
    });
  });

  describe('what the source must have', () => {
    const column = (type: string): CatalogTable['columns'][string] => ({ type, notNull: true });
    const inCatalog: CatalogTable = {
      replicaIdentityFull: true,
      isPartitioned: true,
      columns: {
        game: column('text'),
        turn: column('int8'),
        kind: column('text'),
        data: column('jsonb'),
        played: column('timestamptz'),
      },
    };
    const publication: Publication = {
      insert: true,
      update: true,
      delete: true,
      viaRoot: true,
      tables: { game_events: Object.keys(inCatalog.columns) },
      filtered: [],
    };
    const codes = (found: CatalogTable, published: Publication): readonly string[] =>
      checkSource(games, { tables: { game_events: found }, publication: published, viewMark: 'm' }, 'm').map(
        ({ code }) => code,
      );

    test('is the events’ columns, and not those of folded fields', () => {
      expect(codes(inCatalog, publication)).toEqual([]);
      const { kind: _kind, ...others } = inCatalog.columns;
      expect(codes({ ...inCatalog, columns: { ...others, turn: column('text') } }, publication)).toEqual([
        'column-type',
        'column-missing',
      ]);
    });

    test('is a publication that names a partitioned table by its own name', () => {
      expect(codes(inCatalog, { ...publication, viaRoot: false, tables: {} })).toEqual([
        'publication-partitions',
      ]);
    });
  });
});

describe('a definition is refused', () => {
  const root = games.definition.root as FoldedRoot;
  const { revision: _revision, ...rest } = games.definition;
  const withRoot =
    (changes: Partial<FoldedRoot>, more: Partial<ProjectionDefinition> = {}) =>
    () =>
      defineProjection({ ...rest, lookups: {}, filters: {}, ...more, root: { ...root, ...changes } });

  test.each([
    ['whose position is no integer', withRoot({ position: 'name' }), 'the position name must be an integer'],
    ['whose position is its key', withRoot({ position: 'id' }), 'the position id must be'],
    ['whose events say nothing', withRoot({ event: {} }), 'the events have no field'],
    [
      'whose field comes from a column and from the fold',
      withRoot({ fields: { ...root.fields, points: from('data', integer) } }),
      'the field points is what the fold gives',
    ],
    [
      'with another revision',
      withRoot({}, { revision: 'points' }),
      'the revision of a folded root is its position',
    ],
    [
      'that embeds a table',
      withRoot(
        {},
        {
          embed: { moves: list('moves', { parent: 'g', key: 'id', orderBy: ['id'], fields: { id: text } }) },
        },
      ),
      'nothing is embedded beside a folded root',
    ],
  ])('%s', (_what, define, why) => {
    expect(define).toThrow(`projection games: ${why}`);
  });

  test('not where a table of the same events is the root', () => {
    const plain = table('game_events', { key: 'id', fields: { id: from('event', text) } });
    expect(defineProjection({ ...rest, lookups: {}, filters: {}, root: plain }).closingTable).toBe(
      'game_events',
    );
  });
});
