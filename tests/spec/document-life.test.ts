/** A document's life: pending while its children wait for it, live with its root row, a tombstone after (invariant 6). */
/* oxlint-disable jest/expect-expect -- `then…` of given-when-then expects */
import { describe, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { changesOf, specOf } from '../support/given-when-then.ts';
import {
  addresses,
  addressFields,
  addressRow,
  bareDocument,
  preferenceRow,
  preferences,
  USER,
  userRow,
  users,
} from '../support/profile-rows.ts';

const { given } = specOf(profile, USER);
const HOME = 'aaaaaaaa-0000-7000-8000-000000000001';
const home = addressRow(HOME);
const theme = preferenceRow('theme', '"dark"');
const full = { ...bareDocument, addresses: [addressFields(HOME)], preferences: { theme: 'dark' } };

describe('birth', () => {
  test('a root row makes a document with empty lists and maps', () => {
    given().when(users.created(userRow())).then(bareDocument);
  });

  test('children before their root wait: nothing is served', () => {
    given().when(addresses.created(home)).thenPending();
    given(addresses.created(home)).when(preferences.created(theme)).thenPending();
  });

  test('the root brings the waiting children to light', () => {
    given(addresses.read(home), preferences.read(theme)).when(users.read(userRow())).then(full);
    given(addresses.created(home), preferences.created(theme)).when(users.created(userRow())).then(full);
  });

  test('waiting children can be changed and deleted', () => {
    given(addresses.created(home), preferences.created(theme))
      .when(addresses.deleted(home), preferences.deleted(theme))
      .thenPending();
    given(addresses.created(home), addresses.deleted(home)).when(users.created(userRow())).then(bareDocument);
  });

  test('an update of a root that was never seen is as good as its creation', () => {
    given()
      .when(users.updated(userRow({ version: 1 }), userRow({ version: 2 })))
      .thenHas({ version: 2 });
  });
});

describe('change', () => {
  test('a root update keeps the children', () => {
    given(users.created(userRow()), addresses.created(home), preferences.created(theme))
      .when(users.updated(userRow(), userRow({ full_name: 'Ada King', version: 2 })))
      .then({ ...full, fullName: 'Ada King', version: 2 });
  });

  test('a root read again by a snapshot keeps the children', () => {
    given(users.created(userRow()), addresses.created(home), preferences.created(theme))
      .when(users.read(userRow()))
      .then(full);
  });

  test('columns that the projection does not name are not copied', () => {
    given()
      .when(users.created(userRow({ password_hash: 'secret' })))
      .then(bareDocument);
  });
});

describe('death', () => {
  test('a deleted root leaves a tombstone without content', () => {
    given(users.created(userRow()), addresses.created(home), preferences.created(theme))
      .when(users.deleted(userRow()))
      .thenDeleted();
  });

  test('the tombstone swallows the children’s deletes', () => {
    given(users.created(userRow()), addresses.created(home), preferences.created(theme))
      .when(users.deleted(userRow()), addresses.deleted(home), preferences.deleted(theme))
      .thenDeleted();
  });

  test('nothing is born under a deleted root', () => {
    given(users.created(userRow()), users.deleted(userRow()))
      .when(addresses.created(home), addresses.updated(home, home), preferences.created(theme))
      .thenDeleted();
  });

  test('a delete of a root that was never seen leaves a tombstone too', () => {
    given().when(users.deleted(userRow())).thenDeleted();
    given(addresses.created(home)).when(users.deleted(userRow())).thenDeleted();
  });
});

describe('life after death', () => {
  test('a root created again begins empty', () => {
    given(users.created(userRow()), addresses.created(home), users.deleted(userRow()))
      .when(users.created(userRow({ version: 5 })))
      .then({ ...bareDocument, version: 5 });
  });

  test('and takes children as any other', () => {
    given(users.created(userRow()), users.deleted(userRow()), users.created(userRow()))
      .when(addresses.created(home), preferences.created(theme))
      .then(full);
  });

  test('a late child of the first life is swallowed, so the second begins without it', () => {
    given(users.created(userRow()), users.deleted(userRow()), addresses.updated(home, home))
      .when(users.created(userRow()))
      .then(bareDocument);
  });

  test('a child’s snapshot row proves that its root exists again: it waits for it', () => {
    const dead = [users.created(userRow()), users.deleted(userRow())];
    given(...dead)
      .when(addresses.read(home))
      .thenPending();
    given(...dead, addresses.read(home), preferences.read(theme))
      .when(users.read(userRow()))
      .then(full);
  });

  test('a root’s snapshot row revives it by itself', () => {
    given(users.created(userRow()), users.deleted(userRow()))
      .when(users.read(userRow()), addresses.read(home), preferences.read(theme))
      .then(full);
  });
});

describe('changes that do not fit', () => {
  test.each(['c', 'u', 'r'] as const)('op %s without its row after the change', (op) => {
    given(users.created(userRow()))
      .when(users.change(op, null, null))
      .thenRefused('users: op ' + op);
    given(users.created(userRow()))
      .when(addresses.change(op, home, null))
      .thenRefused('addresses: op ' + op);
  });

  test('a child’s delete without its row before the change', () => {
    given(users.created(userRow()))
      .when(preferences.change('d', null, null))
      .thenRefused('preferences: op d without its row before the change');
  });

  test('a column that the source no longer gives', () => {
    const { email: _email, ...rest } = userRow();
    given().when(users.created(rest)).thenRefused('users.email is missing from the change');
    const { city: _city, ...cityless } = home;
    given().when(addresses.created(cityless)).thenRefused('addresses.city is missing from the change');
    given()
      .when(preferences.created({ value: '1' }))
      .thenRefused('preferences.key is missing');
    given()
      .when(preferences.created({ key: 'a' }))
      .thenRefused('preferences.value is missing');
  });

  test('a value of another type, named by table and column', () => {
    given()
      .when(users.created(userRow({ version: '1' })))
      .thenRefused(/^users\.version: expected an integer/);
    given()
      .when(addresses.created(addressRow(HOME, { is_primary: 1 })))
      .thenRefused(/^addresses\.is_primary: expected a boolean/);
    given()
      .when(preferences.created(preferenceRow('a', '{')))
      .thenRefused(/^preferences\.value: expected json/);
  });

  test('null where null is not allowed', () => {
    given()
      .when(users.created(userRow({ email: null })))
      .thenRefused(/^users\.email: expected text, got null/);
  });

  test('a table of another projection is not this document’s: it is passed over', () => {
    const others = changesOf('orders', USER);
    given(users.created(userRow()))
      .when(others.created({ id: 1 }))
      .thenUnchanged();
  });
});
