/** docs/add-a-read-model.md, followed step by step: what it says to write is written, what it says to run prints what it shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { messageOf } from '../../stack/errors.ts';
import { newGround, withoutOurs } from '../support/cli.ts';
import type { Ground } from '../support/cli.ts';
import { copyClone, createReader } from '../support/tutorial/follow.ts';
import type { Reader } from '../support/tutorial/follow.ts';
import { stepsOf } from '../support/tutorial/steps.ts';

const PAGE = 'docs/add-a-read-model.md';
const steps = stepsOf(readFileSync(new URL(`../../${PAGE}`, import.meta.url), 'utf8'));

let ground: Ground;
let reader: Reader;
beforeAll(() => {
  ground = newGround();
  const clone = join(ground.folder, 'clone');
  copyClone(clone);
  reader = createReader(clone, { ...withoutOurs(process.env), ...ground.env });
});
afterAll(async () => {
  await reader.leave();
  ground.remove();
}, 60_000);

/** null: every step was as the text says. */
async function whatIsWrong(): Promise<string | null> {
  for (const step of steps) {
    try {
      await reader.follow(step);
    } catch (error) {
      return `${PAGE}, line ${step.line}: ${messageOf(error)}`;
    }
  }
  return null;
}

describe('the tutorial', () => {
  test('makes, reads, changes, rebuilds and verifies a read model', () => {
    const run = steps.flatMap((each) => (each.kind === 'run' ? [each.script] : [])).join('\n');
    for (const word of ['migrate', 'plan', 'register', 'check', 'curl', 'apply', 'rebuild', 'verify'])
      expect(run).toContain(word);
    expect(steps.filter(({ kind }) => kind === 'interrupt')).toHaveLength(2);
  });

  test('is right in each step, and leaves nothing behind', async () => {
    expect(await whatIsWrong()).toBeNull();
    await reader.leave();
    expect(ground.processes()).toEqual([]);
  }, 480_000);
});
