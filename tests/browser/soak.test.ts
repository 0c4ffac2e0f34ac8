/**
 * The console stays open while events come, 200 a second: its memory does not grow, and at the end it still tells the truth. For ten minutes, or
 * READSIDE_BROWSER_SOAK_SECONDS; `npm run test:browser` runs it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { CDPSession } from 'playwright-core';
import { waitFor } from '../../stack/wait.ts';
import { headlineSays, openConsole, openConsoleProcess } from '../support/browser/console.ts';
import { ALL_FORMS } from '../support/browser/forms.ts';
import { openBrowser } from '../support/browser/open-browser.ts';
import { expectNoComplaints } from '../support/browser/open-page.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';

const SECONDS = Number(process.env['READSIDE_BROWSER_SOAK_SECONDS'] ?? 600);
/** Until then graphs fill and code is compiled. */
const WARM_SECONDS = Math.min(60, SECONDS / 3);
const USERS = 100;
const A_ROUND = 20;
const ROUND_MS = 100;
/** What fifteen minutes of looks take, and what the browser itself moves by. */
const MOST_GROWTH_BYTES = 3_000_000;
const LOOKS = 8;

(ALL_FORMS ? describe : describe.skip)('under load for long', () => {
  test(
    'open for long under load, the console keeps its memory and tells the truth',
    async () => {
      const pipeline = await openPipeline();
      const running = await openConsoleProcess();
      const browser = await openBrowser();
      try {
        const opened = await openConsole(browser, running);
        const { page } = opened;
        const session = await page.context().newCDPSession(page);
        await session.send('Performance.enable');
        const ids = await Promise.all(Array.from({ length: USERS }, () => addUser(pipeline.sql)));
        const ending = new AbortController();
        const events = write(pipeline, ids, ending.signal);
        const measured: Array<Readonly<Record<string, number>>> = [];
        try {
          await delay(WARM_SECONDS * 1000);
          for (let look = 0; look < LOOKS; look++) {
            measured.push(await memoryOf(session));
            if (look < LOOKS - 1) await delay(((SECONDS - WARM_SECONDS) * 1000) / (LOOKS - 1));
          }
          const told = page.locator('[data-stage=projector] dd').first();
          await waitFor(
            'the page to tell the rate',
            async () => Number.parseFloat((await told.textContent()) ?? '') > 100,
            { timeoutMs: 20_000 },
          );
        } finally {
          ending.abort();
        }
        const written = await events;
        process.stderr.write(`console soak: ${SECONDS} s, ${written} events; ${JSON.stringify(measured)}\n`);
        expect(written / SECONDS).toBeGreaterThan(150);

        const [first, last] = [measured[0], measured.at(-1)];
        expect((last?.['JSHeapUsedSize'] ?? Infinity) - (first?.['JSHeapUsedSize'] ?? 0)).toBeLessThan(
          MOST_GROWTH_BYTES,
        );
        expect(last?.['Nodes'] ?? Infinity).toBeLessThan((first?.['Nodes'] ?? 0) * 1.2 + 200);
        expect(last?.['JSEventListeners'] ?? Infinity).toBeLessThan(
          (first?.['JSEventListeners'] ?? 0) * 1.2 + 20,
        );

        await pipeline.settled();
        await headlineSays(page, /^up to date/i);
        const live = await pipeline.documents.countDocuments({ '_sync.phase': 'live' });
        const documents = page.locator('article[data-projection=profile] dd').nth(1);
        await waitFor(
          'the page to count the documents',
          async () =>
            Number(((await documents.textContent()) ?? '').split(/\s/)[0]?.replaceAll(',', '')) === live,
          { timeoutMs: 20_000 },
        );
        expectNoComplaints(opened);
      } finally {
        await browser.close();
        await running.stop();
        await pipeline.close();
      }
    },
    (SECONDS + 240) * 1000,
  );
});

/** After what can be collected was. */
async function memoryOf(session: CDPSession): Promise<Readonly<Record<string, number>>> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const wanted = new Set(['JSHeapUsedSize', 'Nodes', 'JSEventListeners']);
  return Object.fromEntries(
    metrics.filter(({ name }) => wanted.has(name)).map(({ name, value }) => [name, value]),
  );
}

/** Resolves with the number of events. */
async function write(pipeline: Pipeline, ids: readonly string[], ending: AbortSignal): Promise<number> {
  let written = 0;
  let due = performance.now();
  for (let round = 0; !ending.aborted; round++) {
    const from = (round * A_ROUND) % ids.length;
    await pipeline.sql.query('update users set display_name = $2 where id = any ($1)', [
      ids.slice(from, from + A_ROUND),
      `Round ${round}`,
    ]);
    written += A_ROUND;
    due += ROUND_MS;
    await delay(Math.max(0, due - performance.now()));
  }
  return written;
}
