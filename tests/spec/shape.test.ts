/** What two versions of a definition have in common and what not, and what becomes of a document that a newer one has. */
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import { map } from '../../services/shared/projection/definition.ts';
import { integer, json, nullable, text, timestamp } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { compareShapes, shapeOf } from '../../services/shared/projection/shape.ts';
import teamsNext from '../fixtures/projections/teams-next.ts';
import teams from '../fixtures/projections/teams.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import { USER, userRow, users } from '../support/profile-rows.ts';

const { definition } = profile;
const shape = shapeOf(definition);

describe('a shape', () => {
  test('is plain JSON and says the same of the same definition', () => {
    expect(JSON.parse(JSON.stringify(shape))).toEqual(shape);
    expect(compareShapes(shape, shapeOf(defineProjection(definition).definition))).toEqual([]);
  });

  test('has every field of root and lists, and how each is made', () => {
    expect(shape.documents).toMatchObject({
      document: 'one for each row of users, by id',
      email: 'text from users.email',
      bio: 'nullable text from users.bio',
      addresses: 'list of addresses by id, of user_id, in the order of createdAt, id',
      'addresses[].postalCode': 'nullable text from addresses.postal_code',
      preferences: 'map of preferences.value by preferences.key, of user_id: json',
    });
    expect(shape.queries).toEqual({
      revision: 'version',
      'lookup email': 'email, ignoring case',
      'filter country': 'addresses.country',
      'filter city': 'addresses.city',
    });
  });
});

describe('two shapes', () => {
  const changed = (changes: Partial<typeof definition>): ReturnType<typeof compareShapes> =>
    compareShapes(shape, shapeOf({ ...definition, ...changes }));

  test('differ by fields that are added, removed, and made in another way', () => {
    const { bio: _bio, ...fields } = definition.root.fields;
    const root = { ...definition.root, fields: { ...fields, status: nullable(text), seenAt: timestamp } };
    expect(changed({ root })).toEqual([
      {
        what: 'status',
        before: 'text from users.status',
        after: 'nullable text from users.status',
        affects: 'documents',
      },
      { what: 'seenAt', before: null, after: 'timestamp from users.seen_at', affects: 'documents' },
      { what: 'bio', before: 'nullable text from users.bio', after: null, affects: 'documents' },
    ]);
  });

  test('differ by what is embedded', () => {
    const embed = {
      ...definition.embed,
      preferences: map('preferences', { parent: 'user_id', key: 'key', value: nullable(json) }),
    };
    expect(changed({ embed })).toEqual([
      expect.objectContaining({ what: 'preferences', affects: 'documents' }),
    ]);
  });

  test('differ by questions, which make no document another', () => {
    expect(
      changed({ lookups: { email: { field: 'email' } }, filters: {} }).map(({ affects }) => affects),
    ).toEqual(['queries', 'queries', 'queries']);
    expect(compareShapes(shapeOf(teams.definition), shapeOf(teamsNext.definition))).toHaveLength(1);
  });
});

describe('a document that a newer version has saved', () => {
  const newer = defineProjection({
    ...definition,
    version: profile.version + 1,
    root: {
      ...definition.root,
      fields: { ...definition.root.fields, again: { ...integer, column: 'version' } },
    },
  });
  const change = (offset: number) => ({
    offset,
    change: users.updated(userRow(), userRow({ full_name: `at ${offset}` })),
  });

  test('is left alone by an older one, whatever comes', () => {
    const projector = createPureProjector(newer);
    projector.deliverDecoded(0, [{ offset: 0, change: users.created(userRow()) }]);
    const stored = projector.stored(USER);
    expect(stored).toMatchObject({ again: 1 });
    expect(foldDocument(profile, USER, stored, 0, [change(1)], new Date())).toBeNull();
    expect(foldDocument(newer, USER, stored, 0, [change(1)], new Date())?.document).toMatchObject({
      again: 1,
      fullName: 'at 1',
    });
  });

  test('and one of an older version goes on with the newer', () => {
    const projector = createPureProjector(profile);
    projector.deliverDecoded(0, [{ offset: 0, change: users.created(userRow()) }]);
    const fold = foldDocument(newer, USER, projector.stored(USER), 0, [change(1)], new Date());
    expect(fold?.document._sync.projection).toBe(newer.version);
  });
});
