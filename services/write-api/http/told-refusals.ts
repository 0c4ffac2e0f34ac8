/** What a command may be refused with, as its route tells it in OpenAPI: one refusal of each kind. */
import { CommandRefusal } from '../commands/command-refusal.ts';
import type { CommonRefusalKind, RefusalDetails } from '../commands/command-refusal.ts';
import type { ProblemError } from '../../shared/problem.ts';
import { malformedJson } from './json-body.ts';
import type { ProblemOf } from './refusal-problem.ts';

/** Kind → one such refusal. */
export type RefusalExamples<Kind extends string> = Readonly<
  Record<Kind, readonly [detail: string, more?: RefusalDetails]>
>;

/** Those that read alike whatever the domain. */
export const COMMON_EXAMPLES = {
  'idempotency-key-reused': ['the key was used with another body'],
  busy: ['other commands kept the same rows locked'],
  unavailable: ['the database cannot be reached'],
} as const satisfies Partial<RefusalExamples<CommonRefusalKind>>;

/** Of any command. */
const OF_ALL = ['idempotency-key-reused', 'busy', 'unavailable'] as const;

export function createRefusals<Kind extends string>(
  examples: RefusalExamples<Kind> & RefusalExamples<(typeof OF_ALL)[number]>,
  problemOf: ProblemOf,
): (...kinds: readonly Kind[]) => readonly ProblemError[] {
  const toldOf = (kind: string, [detail, more]: RefusalExamples<string>[string]): ProblemError =>
    problemOf(new CommandRefusal(kind, detail, more));
  return (...kinds) => [
    malformedJson('the body is not UTF-8'),
    ...kinds.map((kind) => toldOf(kind, examples[kind])),
    ...OF_ALL.map((kind) => toldOf(kind, examples[kind])),
  ];
}
