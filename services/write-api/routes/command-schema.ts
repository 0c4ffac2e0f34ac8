/** What all commands have in common in OpenAPI: their headers, their acknowledgement, their problems. */
import { Type } from 'typebox';
import type { TProperties } from 'typebox';
import { ownOnly } from '../../shared/auth/access.ts';
import { SCOPES } from '../../shared/auth/principal.ts';
import { PROBLEM_MEDIA_TYPE } from '../../shared/problem.ts';
import { IF_MATCH_PATTERN, parseIfMatch } from '../http/if-match.ts';
import type { Target } from '../commands/user-row.ts';
import { Uuid } from './fields.ts';

const IdempotencyKey = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x20-\\x7e]+$',
    description: 'the same key again gets the first answer again, and nothing is done twice',
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

export const UserParams = Type.Object({ id: Uuid });
export const AddressParams = Type.Object({ id: Uuid, addressId: Uuid });

const PROBLEMS = {
  400: 'malformed, or not as the schema says',
  404: 'no such user, address or preference',
  409: 'the e-mail address is taken, or there is a primary address already',
  412: 'the user is at another version than If-Match says',
  413: 'the body is larger than 1 MiB',
  415: 'the body is not JSON',
  422: 'a value that cannot be stored, a limit, or an Idempotency-Key of another request',
  503: 'the database is not available, or too busy; see Retry-After',
} as const;
type ProblemStatus = keyof typeof PROBLEMS;

const acknowledgementHeaders = {
  ETag: { type: 'string', description: '"<version>", for If-Match' },
  'Consistency-Token': { type: 'string', description: 'for the read API, to read no older state than this' },
};

function acknowledgement(headers: Readonly<Record<string, object>>, more: TProperties = {}) {
  return Type.Object(
    {
      id: Type.String({ description: 'the user’s id' }),
      version: Type.Integer({ description: 'of the user' }),
      ...more,
    },
    { description: 'done', headers, examples: [{ id: '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f', version: 7 }] },
  );
}
function problems(failures: readonly ProblemStatus[]): Readonly<Record<string, object>> {
  const content = { [PROBLEM_MEDIA_TYPE]: { schema: Type.Ref('Problem#') } };
  return Object.fromEntries(failures.map((status) => [status, { description: PROBLEMS[status], content }]));
}

/** Responses of a command that makes something. */
export function created(failures: readonly ProblemStatus[]) {
  const Location = { type: 'string', description: 'what was made' };
  return { ...problems(failures), 201: acknowledgement({ ...acknowledgementHeaders, Location }) };
}
/** Responses of a command that changes or deletes something. `more`: in the answer. */
export function changed(failures: readonly ProblemStatus[], more: TProperties = {}) {
  return { ...problems(failures), 200: acknowledgement(acknowledgementHeaders, more) };
}

export const CHANGE_FAILURES = [400, 404, 409, 412, 413, 415, 422, 503] as const;
export const DELETE_FAILURES = [400, 404, 412, 422, 503] as const;

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
