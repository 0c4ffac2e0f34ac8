/** What `readside verify` and `readside repair` show to a person. Pure. */
import { tellDifference } from '../../services/shared/same-json.ts';
import type { WrongCount } from '../../services/shared/tallies/compare-counts.ts';
import type { Drift, Verification } from '../../services/shared/verify/verify-documents.ts';
import type { Repair } from './repair.ts';

/** Of one document. */
const FIELDS_SHOWN = 5;

export function describeDrift({ id, kind, fields }: Drift): readonly string[] {
  const more = fields.length > FIELDS_SHOWN ? [`  and ${fields.length - FIELDS_SHOWN} more`] : [];
  return [
    `${kind.padEnd(9)} ${id}`,
    ...fields.slice(0, FIELDS_SHOWN).map((each) => `  ${tellDifference(each)}`),
    ...more,
  ];
}

export function summaryOf(
  projection: string,
  { compared, wrong, degraded, undecided }: Verification,
): readonly string[] {
  const documents = (count: number): string => `${count} ${count === 1 ? 'document' : 'documents'}`;
  const verdict = wrong.length === 0 ? 'none wrong' : `${documents(wrong.length)} wrong`;
  return [
    `${projection}: ${documents(compared)} compared with SQL, ${verdict}`,
    ...(degraded.length > 0
      ? [`${documents(degraded.length)} differ by changes in quarantine: readside dlq list`]
      : []),
    ...(undecided.length > 0
      ? [
          `${documents(undecided.length)} differ and may only lag: the stream does not catch up; readside status`,
        ]
      : []),
  ];
}

export function describeCount({ tally, counted, right }: WrongCount): string {
  return `count     ${tally}: ${right} expected, ${counted} found`;
}

export function summaryOfCounts(
  projection: string,
  wrong: readonly WrongCount[],
  mended: readonly WrongCount[],
): readonly string[] {
  const counts = (count: number): string => `${count} ${count === 1 ? 'count' : 'counts'}`;
  return [
    `${projection}: ${wrong.length === 0 ? 'the counts are' : `${counts(wrong.length)} not`} what the documents say`,
    ...(mended.length > 0 ? [`${counts(mended.length)} mended`] : []),
  ];
}

const OUTCOMES: Readonly<Record<Repair['outcome'], string>> = {
  repaired: 'made anew from the source',
  removed: 'removed: the source does not have it',
  equal: 'is what the source says',
  undecided: 'not repaired: changes keep coming in, or the stream does not catch up; readside status',
};

export function describeRepair({ id, outcome }: Repair): string {
  return `${id} ${OUTCOMES[outcome]}`;
}
