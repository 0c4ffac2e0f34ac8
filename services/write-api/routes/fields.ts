/** The schemas of what a request may say: one source for validation, types and OpenAPI. */
import { Type } from 'typebox';
import type { Json, JsonObject } from '../json.ts';
import type { UserFields } from '../commands/user-row.ts';
import { MAX_PREFERENCES } from '../commands/preference-rows.ts';

interface TextLimits {
  readonly minLength?: number;
  readonly maxLength: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly description?: string;
  readonly examples?: readonly string[];
}

/** A text, or null for "none"; null too when the request leaves it out and the whole object is written. */
function nullableText(limits: TextLimits): ReturnType<typeof Type.Unsafe<string | null>> {
  return Type.Unsafe<string | null>({ ...limits, type: ['string', 'null'] });
}
function text(limits: TextLimits): ReturnType<typeof Type.Unsafe<string>> {
  return Type.Unsafe<string>({ ...limits, type: 'string' });
}

const NOT_BLANK = '\\S';
export const UUID_PATTERN = '^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';
/** Within brackets; spelled out, for not every reader of a schema knows `\\p{Cc}`. */
const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f`;
/** Control, format and private characters. */
const INVISIBLE = String.raw`${CONTROL}\u00ad\u0600-\u0605\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff`;
/** A character of an address. */
const MAIL = String.raw`\s@${INVISIBLE}"(),:;<>\[\\\]`;
const PREFERENCE_KEY = { minLength: 1, maxLength: 128, pattern: `^[^${CONTROL}]*$` } as const;

export const PreferenceKey = text({
  ...PREFERENCE_KEY,
  description: 'any characters but control characters',
  examples: ['theme'],
});
function uuid(description: string, example: string) {
  return text({ pattern: UUID_PATTERN, maxLength: 36, description, examples: [example] });
}
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
  email: text({
    maxLength: 320,
    pattern: `^[^${MAIL}]{1,64}@[^${MAIL}]+\\.[^.${MAIL}]+$`,
    description: 'unique without regard to case',
    examples: ['ada@example.com'],
  }),
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
