/** The one place where a command's refusal becomes a status code. */
import type { Refusal, RefusalKind } from '../commands/refusal.ts';
import { ProblemError } from '../../shared/problem.ts';

const ANSWERS: Readonly<Record<RefusalKind, readonly [status: number, title: string]>> = {
  'no-such-user': [404, 'No such user'],
  'no-such-address': [404, 'No such address'],
  'no-such-preference': [404, 'No such preference'],
  'version-mismatch': [412, 'The user has changed'],
  'email-taken': [409, 'The e-mail address is taken'],
  'second-primary-address': [409, 'The user has a primary address already'],
  'not-an-own-address': [422, 'Not an address of this user'],
  'limit-exceeded': [422, 'A limit is exceeded'],
  'unstorable-value': [422, 'The value cannot be stored'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used for another request'],
  busy: [503, 'Too much going on at once'],
  unavailable: [503, 'The database is not available'],
};
const RETRY_AFTER_SECONDS = '1';

export function problemOf(refusal: Refusal): ProblemError {
  const [status, title] = ANSWERS[refusal.kind];
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
}
