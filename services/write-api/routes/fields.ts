/** The schemas of what a request may say: one source for validation, types and OpenAPI. */
import { Type } from 'typebox';
import { CONTROL, Email, NOT_BLANK, nullableText, text, uuid } from '../http/text-schema.ts';
import type { Json, JsonObject } from '../json.ts';
import type { UserFields } from '../commands/user-row.ts';
import { MAX_PREFERENCES } from '../commands/preference-rows.ts';

const PREFERENCE_KEY = { minLength: 1, maxLength: 128, pattern: `^[^${CONTROL}]*$` } as const;

export const PreferenceKey = text({
  ...PREFERENCE_KEY,
  description: 'any characters but control characters',
  examples: ['theme'],
});
/** The user of all examples. */
export const USER_ID = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
export const UserId = uuid('the user’s id', USER_ID);
export const ADDRESS_ID = '01936d5e-8d2b-7b41-8a66-1b2c3d4e5f60';
export const AddressId = uuid('the address’s id', ADDRESS_ID);

/** Any JSON value; its numbers keep the text they are written in. */
export const JsonValue = Type.Unsafe<Json>({
  description: 'any JSON value; numbers keep their value',
  examples: ['dark'],
});

const userFields = {
  email: Email,
  fullName: text({ minLength: 1, maxLength: 200, pattern: NOT_BLANK, examples: ['Ada Lovelace'] }),
  displayName: nullableText({ maxLength: 100, pattern: NOT_BLANK, examples: ['Ada'] }),
  phone: nullableText({
    maxLength: 32,
    pattern: '^\\+?[0-9][0-9 ().-]{3,29}[0-9]$',
    description: 'E.164, with separators if you like',
    examples: ['+33 1 23 45 67 89'],
  }),
  avatarUrl: nullableText({
    maxLength: 2048,
    format: 'uri',
    pattern: '^[hH][tT][tT][pP][sS]?://[^/]',
    examples: ['https://example.com/ada.png'],
  }),
  bio: nullableText({ maxLength: 10_000, examples: ['Writes programs for an engine.'] }),
  locale: nullableText({
    maxLength: 35,
    pattern: '^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$',
    description: 'BCP 47 language tag',
    examples: ['fr-FR'],
  }),
  status: Type.Unsafe<UserFields['status']>({
    type: 'string',
    enum: ['active', 'suspended', 'closed'],
    examples: ['active'],
  }),
};

const addressFields = {
  label: text({ minLength: 1, maxLength: 60, pattern: NOT_BLANK, examples: ['home'] }),
  line1: text({ minLength: 1, maxLength: 200, pattern: NOT_BLANK, examples: ['12 rue Mercière'] }),
  city: text({ minLength: 1, maxLength: 120, pattern: NOT_BLANK, examples: ['Lyon'] }),
  country: text({ maxLength: 2, pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2', examples: ['FR'] }),
  line2: Type.Optional(nullableText({ maxLength: 200, examples: ['bâtiment B'] })),
  region: Type.Optional(nullableText({ maxLength: 120, examples: ['Rhône'] })),
  postalCode: Type.Optional(nullableText({ maxLength: 20, examples: ['69002'] })),
  isPrimary: Type.Optional(
    Type.Boolean({ description: 'at most one address of a user; false when left out' }),
  ),
};

/** A whole user: what is left out is null, and the status active. */
export const wholeUser = {
  email: userFields.email,
  fullName: userFields.fullName,
  displayName: Type.Optional(userFields.displayName),
  phone: Type.Optional(userFields.phone),
  avatarUrl: Type.Optional(userFields.avatarUrl),
  bio: Type.Optional(userFields.bio),
  locale: Type.Optional(userFields.locale),
  status: Type.Optional(userFields.status),
};
/** A change of a user: what is left out stays. */
export const UserChanges = Type.Partial(Type.Object(userFields), {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ displayName: 'Countess', bio: null }],
});

export const ADDRESS_EXAMPLE = {
  label: 'home',
  line1: '12 rue Mercière',
  city: 'Lyon',
  postalCode: '69002',
  country: 'FR',
  isPrimary: true,
};
export const AddressBody = Type.Object(addressFields, {
  additionalProperties: false,
  examples: [ADDRESS_EXAMPLE],
});
export const AddressWithId = Type.Object(
  { id: Type.Optional(AddressId), ...addressFields },
  { additionalProperties: false },
);

export const PREFERENCES_EXAMPLE = { theme: 'dark', notifications: { email: true } };
const preferencesSchema = {
  type: 'object',
  propertyNames: { type: 'string', ...PREFERENCE_KEY },
  additionalProperties: true,
  maxProperties: MAX_PREFERENCES,
  examples: [PREFERENCES_EXAMPLE],
};
export const Preferences = Type.Unsafe<JsonObject>(preferencesSchema);
export const PreferencesPatch = Type.Unsafe<JsonObject>({
  ...preferencesSchema,
  minProperties: 1,
  description: 'RFC 7396 merge patch: null removes, an object is merged into the stored one',
  examples: [{ theme: null, notifications: { email: false } }],
});
