/** What reads may be refused with, as their routes tell it in OpenAPI. */
import { ProblemError } from '../../shared/problem.ts';
import { listOfSource } from '../readers/source-reader.ts';
import { badToken } from '../strategies/choose-strategy.ts';
import { noSource } from '../strategies/source.ts';
import { CACHE_CONTROL, VARY } from './answer.ts';
import { malformedCursor } from './cursor.ts';
import { unreachable } from './unavailable.ts';

const FRESHNESS = {
  freshness: 'strategy=wait, stale=?1, as-of="2026-11-23T18:00:00.900Z"',
  'cache-control': CACHE_CONTROL,
  vary: VARY,
  'preference-applied': 'wait=5',
};

/** Of any read. */
export const READ_PROBLEMS = [
  badToken('is not a token that the write API has given'),
  unreachable('documents'),
];
export const SOURCE_PROBLEMS = [noSource(), unreachable('source')];
export const CURSOR_PROBLEMS = [malformedCursor('is a cursor of another list')];
export const LIST_PROBLEMS = [listOfSource(), ...CURSOR_PROBLEMS];

/** With a token, Freshness says whether there may be one soon. */
export function noneFound(name: string): ProblemError {
  return new ProblemError(404, `no-such-${name}`, `No such ${name}`, { headers: FRESHNESS });
}

/** Of `?at=`. */
export const PAST_PROBLEMS = [
  new ProblemError(404, 'not-yet', 'The document was not there yet, or has no such version yet', {
    headers: FRESHNESS,
  }),
  new ProblemError(404, 'no-such-version', 'The document never had this version', { headers: FRESHNESS }),
  new ProblemError(410, 'history-not-kept', 'The history does not go back so far', {
    detail: 'it is whole since 2026-11-01T08:00:00.000000Z',
    headers: FRESHNESS,
  }),
];
