/** The console as a process of its own on the run's system, and its page in a browser. */
import type { Browser, Locator, Page } from 'playwright-core';
import { waitFor } from '../../../stack/wait.ts';
import { OPERATOR, startConsoleProcess, tokenOf } from '../console.ts';
import type { ServiceProcess } from '../service-process.ts';
import { openPage } from './open-page.ts';
import type { OpenPageOptions, WatchedPage } from './open-page.ts';

export interface Console extends ServiceProcess {
  readonly token: string;
}

/** Resolves when it serves. `port`: where it was before. */
export async function openConsoleProcess(port?: string): Promise<Console> {
  const service = await startConsoleProcess(port === undefined ? {} : { PORT: port });
  return { ...service, token: await tokenOf(OPERATOR, ['admin']) };
}

/** Resolves when a look at the system is shown. */
export async function openConsole(
  browser: Browser,
  { url, token }: Console,
  options: OpenPageOptions = {},
): Promise<WatchedPage> {
  const opened = await openPage(browser, `${url}/#token=${token}`, options);
  await opened.page.locator('.pipeline').waitFor({ timeout: 30_000 });
  return opened;
}

/** The headline says so within the deadline. */
export async function headlineSays(page: Page, words: RegExp, timeoutMs = 60_000): Promise<void> {
  await page.locator('h1').filter({ hasText: words }).waitFor({ timeout: timeoutMs });
}

/** Says yes in the dialog of an act, once it shows that this is the command that will run. Resolves to the job that it began. */
export async function confirm(page: Page, command: string): Promise<string> {
  const dialog = page.getByRole('dialog');
  await dialog.locator('.command').getByText(command, { exact: true }).waitFor();
  const begun = page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().endsWith('/api/acts'),
  );
  const yes = dialog.locator('button[type=submit]');
  await yes.focus();
  await yes.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  return ((await (await begun).json()) as { readonly id: string }).id;
}

/** The text of a place fits within the deadline; else the error tells what it is. */
export async function says(place: Locator, words: RegExp, timeoutMs = 30_000): Promise<void> {
  await waitFor(
    `${String(words)} to be said`,
    async () => {
      const text = await textOf(place);
      if (!words.test(text)) throw new Error(text);
      return true;
    },
    { timeoutMs, intervalMs: 100 },
  );
}

/** As it is read: spaces and line ends are one. */
export async function textOf(place: Locator): Promise<string> {
  return (await place.innerText()).replaceAll(/\s+/g, ' ').trim();
}

/** Resolves when it has ended; how it did, in words. */
export async function jobEnded(page: Page, job: string, timeoutMs = 90_000): Promise<string> {
  const row = page.locator(`#activity [data-job="${job}"]:not([data-state=running])`);
  await row.waitFor({ timeout: timeoutMs });
  return textOf(row.locator('td').last());
}

/** What has the focus. */
export async function focusOn(page: Page): Promise<{ readonly tag: string; readonly within: string }> {
  return page.evaluate(
    "(() => { const at = document.activeElement; return { tag: at.tagName, within: at.closest('section')?.id ?? '' }; })()",
  );
}
