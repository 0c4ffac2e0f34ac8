import { insertPreference, insertUser, userId } from '../scenario-rows.ts';
import type { Scenario } from '../scenarios.ts';

const NUMERALS = [
  '0',
  '-0',
  '1.10',
  '1e2',
  '0.1',
  '9007199254740991',
  '9007199254740993',
  '12345678901234567890',
  '-12345678901234567890.5',
  '1234567890123456789012345678901234',
  '1234567890123456789012345678901234567890',
  '0.1234567890123456789012345678901234567890',
  '1e400',
  '-1e400',
  '1.5e-400',
  '123456789.123456789',
  '0.00000000000000000000000000000000000000000000001',
];

export const preferenceScenarios: readonly Scenario[] = [
  {
    name: 'preference-rows',
    tells: 'a preference is inserted, updated and deleted, another stays',
    ids: [userId(50)],
    async run(client) {
      await insertUser(client, userId(50));
      await insertPreference(client, userId(50), 'theme', '"dark"');
      await insertPreference(client, userId(50), 'size', '12');
      await client.query(`update preferences set value = '"light"' where user_id = $1 and key = 'theme'`, [
        userId(50),
      ]);
      await client.query("delete from preferences where user_id = $1 and key = 'theme'", [userId(50)]);
    },
  },
  {
    name: 'preference-key-changed',
    tells: 'the key of a preference changes in an update, with its value and without',
    ids: [userId(51)],
    async run(client) {
      await insertUser(client, userId(51));
      await insertPreference(client, userId(51), 'theme', '"dark"');
      await insertPreference(client, userId(51), 'size', '12');
      await client.query("update preferences set key = 'colour' where user_id = $1 and key = 'theme'", [
        userId(51),
      ]);
      await client.query(
        "update preferences set key = 'width', value = '13' where user_id = $1 and key = 'size'",
        [userId(51)],
      );
    },
  },
  {
    name: 'preference-moved',
    tells: 'a preference moves to another user, under another key',
    ids: [userId(52), userId(53)],
    async run(client) {
      await insertUser(client, userId(52));
      await insertUser(client, userId(53));
      await insertPreference(client, userId(52), 'theme', '"dark"');
      await client.query("update preferences set user_id = $2, key = 'inherited' where user_id = $1", [
        userId(52),
        userId(53),
      ]);
    },
  },
  {
    name: 'json-values',
    tells: 'jsonb of every kind, keys that mean something to JavaScript or to MongoDB, and extreme numerals',
    ids: [userId(54)],
    async run(client) {
      await insertUser(client, userId(54));
      const values: Readonly<Record<string, string>> = {
        nested: '{"a": [1, {"b": [[], {}, null, true, false, ""]}], "": {"": "empty key"}}',
        null: 'null',
        string: '"text \\u00e9 \\" \\\\ \\n"',
        'empty string': '""',
        'empty object': '{}',
        'empty list': '[]',
        // In brackets, for without them it would name the prototype of this object.
        ['__proto__']: '{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}',
        constructor: '"constructor"',
        toString: '{"toString": null, "hasOwnProperty": 1, "toJSON": 1, "toBSON": 2}',
        'a.b.c': '{"d.e": 1}',
        '.': '"dot"',
        $set: '{"$inc": {"$": 1}}',
        ' ': '"space"',
        '1': '"one"',
        $ref: '{"$ref": "a.b", "$id": 12345678901234567890, "more": 1}',
        _bsontype: '{"_bsontype": "ObjectId", "id": [1e400]}',
        _id: '{"_id": 1, "_sync": {"phase": "deleted"}}',
        isLosslessNumber: '{"isLosslessNumber": true, "value": "7"}',
        'looks like a number': '"12345678901234567890"',
        ...Object.fromEntries(NUMERALS.map((numeral) => [`number ${numeral}`, `{"n": ${numeral}}`])),
        'bare number': '1234567890123456789012345678901234567890',
      };
      for (const [key, value] of Object.entries(values)) {
        await insertPreference(client, userId(54), key, value);
      }
    },
  },
];
