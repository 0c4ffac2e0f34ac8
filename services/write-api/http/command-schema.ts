/** What all commands have in common in OpenAPI, whatever they are about: their headers and their acknowledgement. */
import { Type } from 'typebox';
import type { TProperties } from 'typebox';
import { IF_MATCH_PATTERN } from './if-match.ts';

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

/** Headers of a command that makes something, and of one that changes what is there. */
export const CreateHeaders = Type.Object({ 'idempotency-key': IdempotencyKey });
export const ChangeHeaders = Type.Object({ 'idempotency-key': IdempotencyKey, 'if-match': IfMatch });

const acknowledgementHeaders = {
  ETag: { type: 'string', description: '"<version>", for If-Match', examples: ['"7"'] },
  'Consistency-Token': {
    type: 'string',
    description: 'for the read API, to read no older state than this',
    examples: ['WzEsIjAxOTM2ZDVlLTdjMWEtN2EzMC05ZjU1LTBhMWIyYzNkNGU1ZiIsNywwXQ'],
  },
};

/**
 * @param of whose id and version are told: the user
 * @param location example of what was made, by a command that makes something
 */
export function acknowledgement<More extends TProperties>({
  of,
  example,
  location,
  more,
}: {
  readonly of: string;
  readonly example: object;
  readonly location?: string;
  readonly more: More;
}) {
  const Location = { type: 'string', description: 'what was made', examples: [location] };
  return Type.Object(
    {
      id: Type.String({ description: `${of}’s id` }),
      version: Type.Integer({ description: `of ${of}` }),
      ...more,
    },
    {
      description: 'done',
      headers: { ...acknowledgementHeaders, ...(location === undefined ? {} : { Location }) },
      examples: [example],
    },
  );
}
