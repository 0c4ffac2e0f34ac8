/** What all commands have in common in OpenAPI: their headers and their acknowledgement. */
import { Type } from 'typebox';
import type { TProperties } from 'typebox';
import { ownOnly } from '../../shared/auth/access.ts';
import { SCOPES } from '../../shared/auth/principal.ts';
import { IF_MATCH_PATTERN, parseIfMatch } from '../http/if-match.ts';
import type { Target } from '../commands/user-row.ts';
import { AddressId, USER_ID, UserId } from './fields.ts';

const IdempotencyKey = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x20-\\x7e]+$',
    description: 'the same key again gets the first answer again, and nothing is done twice',
    examples: ['6f1c2f0e-sign-up'],
  }),
);
const IfMatch = Type.Optional(
  Type.String({
    pattern: IF_MATCH_PATTERN,
    description: 'ETag of either API: the version that the command may start from',
    examples: ['"7"'],
  }),
);

/** Who may send a command on a user: whose id it is. One that makes a user, whose id nobody has yet, is an administrator's. */
export const OWN_USER = ownOnly(SCOPES.write);

/** Headers of a command that makes a user, and of one that changes one. */
export const CreateHeaders = Type.Object({ 'idempotency-key': IdempotencyKey });
export const ChangeHeaders = Type.Object({ 'idempotency-key': IdempotencyKey, 'if-match': IfMatch });

export const UserParams = Type.Object({ id: UserId });
export const AddressParams = Type.Object({ id: UserId, addressId: AddressId });

const acknowledgementHeaders = {
  ETag: { type: 'string', description: '"<version>", for If-Match', examples: ['"7"'] },
  'Consistency-Token': {
    type: 'string',
    description: 'for the read API, to read no older state than this',
    examples: ['WzEsIjAxOTM2ZDVlLTdjMWEtN2EzMC05ZjU1LTBhMWIyYzNkNGU1ZiIsNywwXQ'],
  },
};
const Location = { type: 'string', description: 'what was made', examples: [`/users/${USER_ID}`] };
const acknowledged = { id: USER_ID, version: 7 };

function acknowledgement(headers: Readonly<Record<string, object>>, more: TProperties, example: object) {
  return Type.Object(
    {
      id: Type.String({ description: 'the user’s id' }),
      version: Type.Integer({ description: 'of the user' }),
      ...more,
    },
    { description: 'done', headers, examples: [example] },
  );
}

/** Responses of a command that makes something. */
export const CREATED = {
  201: acknowledgement({ ...acknowledgementHeaders, Location }, {}, acknowledged),
};
/** Responses of a command that changes or deletes something. */
export const CHANGED = { 200: acknowledgement(acknowledgementHeaders, {}, acknowledged) };
/** And of one that erases: where it is noted. */
export const ERASED = {
  200: acknowledgement(
    acknowledgementHeaders,
    { erasure: Type.Optional(Type.String({ description: 'what it is noted under' })) },
    { ...acknowledged, erasure: '01936d60-3c5e-7d21-9b87-2c3d4e5f6071' },
  ),
};

/** uuids are compared and answered in lower case, as Postgres prints them. */
export function targetOf(request: {
  readonly params: { readonly id: string };
  readonly headers: { readonly 'if-match'?: string | undefined };
}): Target {
  return {
    userId: request.params.id.toLowerCase(),
    expectedVersions: parseIfMatch(request.headers['if-match']),
  };
}
