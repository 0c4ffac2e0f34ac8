/** What a long verb tells meanwhile: for a person now and then, as JSON for whoever draws it. */
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createTeller } from '../../cli/progress.ts';
import type { Teller } from '../../cli/progress.ts';

function told(json: boolean, work: (teller: Teller) => void): readonly string[] {
  const out = new PassThrough();
  work(createTeller(out, json));
  return String(out.read()).trimEnd().split('\n');
}

test('as JSON: the begin of each stage, what completes it, and notices; not every step', () => {
  const lines = told(true, ({ progress, notice }) => {
    for (let done = 0; done <= 50; done++) progress({ stage: 'copying', done, total: 50 });
    notice('going on');
    progress({ stage: 'swapping', done: 0, total: null, unit: 'changes' });
  });
  const [first, ...rest] = lines.map((line) => JSON.parse(line) as unknown);
  expect(first).toEqual({ progress: { stage: 'copying', done: 0, total: 50, unit: 'documents' } });
  expect(rest.slice(-3)).toEqual([
    { progress: { stage: 'copying', done: 50, total: 50, unit: 'documents' } },
    { notice: 'going on' },
    { progress: { stage: 'swapping', done: 0, total: null, unit: 'changes' } },
  ]);
  expect(lines.length).toBeLessThan(10);
});

test('for a person: a line for each stage', () => {
  const lines = told(false, ({ progress, notice }) => {
    progress({ stage: 'copying', done: 0, total: 50 });
    progress({ stage: 'copying', done: 20, total: 50 });
    notice('going on');
    progress({ stage: 'swapping', done: 0, total: null });
  });
  expect(lines).toEqual(['copying (50 documents) …', 'going on', 'swapping …']);
});
