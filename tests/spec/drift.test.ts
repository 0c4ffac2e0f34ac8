/** How many documents are known to be wrong: by the verifier that goes on, and by a verification of all. */
import { expect, test } from '@jest/globals';
import { knownWrong } from '../../services/shared/verify/drift-record.ts';

const at = (seconds: number): Date => new Date(1000 * seconds);
const clean = {
  scope: 'all',
  at: at(2),
  compared: 3,
  missing: 0,
  extra: 0,
  different: 0,
  degraded: 0,
  undecided: 0,
} as const;

test('a verification of all documents that came later and found none wrong is believed', () => {
  expect(knownWrong({ at: at(1), wrong: 1 }, clean)).toBe(0);
});

test.each([
  ['none was made', null],
  ['it came before', { ...clean, at: at(1) }],
  ['it was of some', { ...clean, scope: 'sample' as const }],
  ['it was of those that were named', { ...clean, scope: 'ids' as const }],
  ['one is missing', { ...clean, missing: 1 }],
  ['one is too many', { ...clean, extra: 1 }],
  ['one is different', { ...clean, different: 1 }],
  ['of one it could not be told', { ...clean, undecided: 1 }],
])('else the verifier is: %s', (_, verification) => {
  expect(knownWrong({ at: at(1), wrong: 2 }, verification)).toBe(2);
});

test('where neither has looked, none is known', () => {
  expect([knownWrong(null, null), knownWrong(null, clean)]).toEqual([0, 0]);
});
