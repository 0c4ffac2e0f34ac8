/** What axe-core finds wrong with a page as it is now: WCAG 2.2 AA, and what axe calls best practice. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** In light and in dark; the page is left in light. */
export async function expectAccessible(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  // By the debugger: the page's policy rightly lets no script in that is not its own.
  const { exceptionDetails } = await session.send('Runtime.evaluate', { expression: AXE });
  await session.detach();
  if (exceptionDetails) throw new Error(`axe-core could not be loaded: ${exceptionDetails.text}`);
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations, passes } = await page.evaluate<AxeResults>('axe.run(document)');
    // A page on which nothing could be looked at would pass too.
    expect(passes.length).toBeGreaterThan(5);
    for (const { id, help, nodes } of violations)
      for (const { target, failureSummary = '' } of nodes)
        found.push(`${colorScheme}: ${id} (${help}) at ${target.join(' ')}: ${failureSummary}`);
  }
  expect(found).toEqual([]);
}
