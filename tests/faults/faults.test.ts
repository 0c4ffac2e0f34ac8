/**
 * The fault suite (design §7): every row broken for real under load, then the oracle. READSIDE_FAULTS chooses the rows; `npm test`
 * runs the short ones, `npm run test:faults` all, `npm run test:soak` the long run; the last two write docs/faults.md.
 */
import { describe, expect, test } from '@jest/globals';
import { messageOf } from '../../stack/errors.ts';
import { record, writePage } from '../support/faults/results.ts';
import { runRow } from '../support/faults/run-row.ts';
import { chosenRows } from '../support/faults/which-rows.ts';
import { MISSING, ROWS } from './rows.ts';
import { soak } from './rows/soak-row.ts';

const choice = chosenRows(process.env['READSIDE_FAULTS']);
const rows = choice.of(ROWS, [soak]);

test('the table has each of the 30 rows once', () => {
  const numbers = [...ROWS, ...MISSING].map(({ number }) => number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
});

describe('under load', () => {
  for (const row of rows) {
    test(
      `${row.number === soak.number ? 'the long run' : `row ${row.number}`}: ${row.name}`,
      async () => {
        try {
          const figures = await runRow(row);
          if (choice.recorded) record(String(row.number), { result: 'passed', figures });
          expect(figures.recoveryMs).toBeLessThanOrEqual(row.boundMs);
        } catch (error) {
          if (choice.recorded) record(String(row.number), { result: 'failed', error: messageOf(error) });
          throw error;
        } finally {
          if (choice.recorded) await writePage(ROWS, MISSING);
        }
      },
      row.timeoutMs ?? 300_000,
    );
  }
});
