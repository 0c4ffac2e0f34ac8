/** A second read model through the same engine: integer keys, renamed columns, a parent column of its own for each child. */
/* oxlint-disable jest/expect-expect -- `then…` of given-when-then expects */
import { describe, expect, test } from '@jest/globals';
import teams from '../fixtures/projections/teams.ts';
import { changesOf, specOf } from '../support/given-when-then.ts';

const { given } = specOf(teams, '7');
const team = changesOf('teams', '7');
const members = changesOf('members', '7');
const labels = changesOf('team_labels', '7');

const FOUNDED = '2020-02-29T12:00:00.5Z';
const teamRow = {
  id: 7,
  team_name: 'Seven',
  budget: '1.50',
  revision: 1,
  settings: null,
  founded_at: FOUNDED,
};
const memberRow = (handle: string, rank: number) => ({
  handle,
  team: 7,
  rank,
  fee: null,
  active: true,
  joined: FOUNDED,
});
const labelRow = (label: string, meaning: string | null) => ({ of_team: 7, label, meaning });

const bare = {
  id: 7,
  name: 'Seven',
  budget: '1.50',
  revision: 1,
  settings: null,
  foundedAt: '2020-02-29T12:00:00.500000Z',
  members: [],
  labels: {},
};

describe('teams', () => {
  test('are captured by the column of each table that names the team', () => {
    expect(teams.captured).toEqual([
      { table: 'teams', keyColumn: 'id' },
      { table: 'members', keyColumn: 'team' },
      { table: 'team_labels', keyColumn: 'of_team' },
    ]);
  });

  test('are documents with integer ids', () => {
    given().when(team.created(teamRow)).then(bare);
  });

  test('have members by rank as a number, then by handle in code point order', () => {
    given(team.created(teamRow))
      .when(
        members.created(memberRow('😀', 2)),
        members.created(memberRow('\uffee', 2)),
        members.created(memberRow('b', 10)),
        members.created(memberRow('z', 2)),
        members.created(memberRow('Z', 2)),
        members.created(memberRow('a', -1)),
      )
      .thenHas({ members: ['a', 'Z', 'z', '\uffee', '😀', 'b'].map((handle) => ({ handle })) });
  });

  test('have labels, some without a meaning', () => {
    given(team.created(teamRow), labels.created(labelRow('sport', 'chess')))
      .when(
        labels.created(labelRow('empty', null)),
        labels.updated(labelRow('sport', 'chess'), labelRow('game', 'go')),
      )
      .then({ ...bare, labels: { empty: null, game: 'go' } });
  });

  test('keep a member who changes his handle once', () => {
    given(team.created(teamRow), members.created(memberRow('a', 1)))
      .when(members.updated(memberRow('a', 1), memberRow('b', 1)))
      .thenHas({ members: [{ handle: 'b' }] });
  });

  test('wait for their root, die with it, and begin empty again', () => {
    given()
      .when(labels.created(labelRow('a', null)))
      .thenPending();
    given(team.created(teamRow), members.created(memberRow('a', 1)))
      .when(team.deleted(teamRow), members.deleted(memberRow('a', 1)))
      .thenDeleted();
    given(team.created(teamRow), members.created(memberRow('a', 1)), team.deleted(teamRow))
      .when(team.created(teamRow))
      .then(bare);
  });

  test('tell the table and the column of the source, not the field', () => {
    given()
      .when(team.created({ ...teamRow, team_name: 1 }))
      .thenRefused(/^teams\.team_name: expected text/);
    given()
      .when(team.created({ ...teamRow, budget: 1.5 }))
      .thenRefused(/^teams\.budget: expected text/);
    given()
      .when(members.created({ ...memberRow('a', 1), rank: 9_007_199_254_740_992 }))
      .thenRefused(/^members\.rank: expected an integer/);
    given()
      .when(labels.created({ of_team: 7, label: 'a' }))
      .thenRefused('team_labels.meaning is missing from the change');
  });

  test('pass over another projection’s tables on the same stream', () => {
    given(team.created(teamRow))
      .when(changesOf('users', '7').created({ id: 'x' }))
      .thenUnchanged();
  });
});
