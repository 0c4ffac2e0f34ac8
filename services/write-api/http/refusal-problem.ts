/** The one place where a command's refusal becomes a status code. */
import type { CommandRefusal, CommonRefusalKind } from '../commands/command-refusal.ts';
import { ProblemError } from '../../shared/problem.ts';

/** Kind → what it is answered with. */
export type RefusalAnswers<Kind extends string> = Readonly<
  Record<Kind, readonly [status: number, title: string]>
>;
export type ProblemOf = (refusal: CommandRefusal) => ProblemError;

const COMMON: RefusalAnswers<CommonRefusalKind> = {
  'version-mismatch': [412, 'It has changed'],
  'limit-exceeded': [422, 'A limit is exceeded'],
  'unstorable-value': [422, 'The value cannot be stored'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used for another request'],
  busy: [503, 'Too much going on at once'],
  unavailable: [503, 'The database is not available'],
};
const RETRY_AFTER_SECONDS = '1';

/** `own`: of the domain's kinds; those of any domain have an answer. */
export function createProblemOf(own: Readonly<Record<string, readonly [number, string]>>): ProblemOf {
  const answers = new Map(Object.entries({ ...COMMON, ...own }));
  return (refusal) => {
    const answer = answers.get(refusal.kind);
    if (answer === undefined) throw new TypeError(`no answer for ${refusal.kind}`, { cause: refusal });
    const [status, title] = answer;
    const headers: Record<string, string> = {};
    if (status === 503) headers['retry-after'] = RETRY_AFTER_SECONDS;
    if (refusal.currentVersion !== undefined) headers['etag'] = `"${refusal.currentVersion}"`;
    const problem = new ProblemError(status, refusal.kind, title, {
      detail: refusal.message,
      errors: refusal.errors,
      headers,
    });
    problem.cause = refusal.cause; // for the log; an answer does not show it
    return problem;
  };
}
