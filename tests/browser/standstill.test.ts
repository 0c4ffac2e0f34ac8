/**
 * Whichever process of the system stands still, the console says which in its headline and marks its stage, and says that all is well when
 * it goes on. All of it takes minutes: `npm run test:browser` does.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { STAGES, STAGE_NAMES } from '../../services/shared/health/causes.ts';
import type { Stage } from '../../services/shared/health/causes.ts';
import { headlineSays, openConsole, openConsoleProcess } from '../support/browser/console.ts';
import type { Console } from '../support/browser/console.ts';
import { ALL_FORMS } from '../support/browser/forms.ts';
import { openBrowser } from '../support/browser/open-browser.ts';
import { expectNoComplaints } from '../support/browser/open-page.ts';
import type { WatchedPage } from '../support/browser/open-page.ts';
import { runningSystem } from '../support/stack.ts';

const SAID_MS = 30_000;
const HEALED_MS = 90_000;

/** With its children: those of Postgres answer on, while the process that started them stands still. */
function signalAll(stage: Stage, signal: NodeJS.Signals): void {
  const pid = runningSystem().pids[stage];
  if (pid === null) throw new Error(`${stage} has no pid`);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  for (const each of [pid, ...children.map(Number)]) process.kill(each, signal);
}

let browser: Browser;
let running: Console;
let opened: WatchedPage;
beforeAll(async () => {
  if (!ALL_FORMS) return;
  [browser, running] = await Promise.all([openBrowser(), openConsoleProcess()]);
  opened = await openConsole(browser, running);
}, 120_000);
afterAll(async () => {
  if (!ALL_FORMS) return;
  expectNoComplaints(opened);
  await opened.close();
  await browser.close();
  await running.stop();
}, 60_000);

(ALL_FORMS ? describe : describe.skip)('what stands still', () => {
  test.each(STAGES)(
    '%s is named by the console, and then no more',
    async (stage) => {
      const { page } = opened;
      await headlineSays(page, /^up to date/i, HEALED_MS);
      signalAll(stage, 'SIGSTOP');
      try {
        await headlineSays(page, new RegExp(`^stalled at ${STAGE_NAMES[stage]}`, 'i'), SAID_MS);
        const state = await page.locator(`[data-stage=${stage}]`).getAttribute('data-state');
        expect(state).not.toBe('flowing');
      } finally {
        signalAll(stage, 'SIGCONT');
      }
      await headlineSays(page, /^up to date/i, HEALED_MS);
    },
    SAID_MS + 2 * HEALED_MS,
  );
});
