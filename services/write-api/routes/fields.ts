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
export const Uuid = text({ pattern: UUID_PATTERN, maxLength: 36 });

/** Any JSON value; its numbers keep the text they are written in. */
export const JsonValue = Type.Unsafe<Json>({
  description: 'any JSON value; numbers keep their value',
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
  avatarUrl: nullableText({ maxLength: 2048, format: 'uri', pattern: '^[hH][tT][tT][pP][sS]?://[^/]' }),
  bio: nullableText({ maxLength: 10_000 }),
  locale: nullableText({
    maxLength: 35,
    pattern: '^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$',
    description: 'BCP 47 language tag',
    examples: ['fr-FR'],
  }),
  status: Type.Unsafe<UserFields['status']>({ type: 'string', enum: ['active', 'suspended', 'closed'] }),
};

const addressFields = {
  label: text({ minLength: 1, maxLength: 60, pattern: NOT_BLANK, examples: ['home'] }),
  line1: text({ minLength: 1, maxLength: 200, pattern: NOT_BLANK }),
  city: text({ minLength: 1, maxLength: 120, pattern: NOT_BLANK, examples: ['Lyon'] }),
  country: text({ maxLength: 2, pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2', examples: ['FR'] }),
  line2: Type.Optional(nullableText({ maxLength: 200 })),
  region: Type.Optional(nullableText({ maxLength: 120 })),
  postalCode: Type.Optional(nullableText({ maxLength: 20 })),
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
});

export const AddressBody = Type.Object(addressFields, { additionalProperties: false });
export const AddressWithId = Type.Object(
  { id: Type.Optional(Uuid), ...addressFields },
  { additionalProperties: false },
);

const preferencesSchema = {
  type: 'object',
  propertyNames: { type: 'string', ...PREFERENCE_KEY },
  additionalProperties: true,
  maxProperties: MAX_PREFERENCES,
  examples: [{ theme: 'dark', notifications: { email: true } }],
};
export const Preferences = Type.Unsafe<JsonObject>(preferencesSchema);
export const PreferencesPatch = Type.Unsafe<JsonObject>({
  ...preferencesSchema,
  minProperties: 1,
  description: 'RFC 7396 merge patch: null removes, an object is merged into the stored one',
});
