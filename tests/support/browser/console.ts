/** The console as a process of its own on the run's system, and its page in a browser. */
import type { Browser, Locator, Page } from 'playwright-core';
import { OWN_AUDIENCE, authSettings } from '../../../services/shared/auth/auth-config.ts';
import { SCOPES } from '../../../services/shared/auth/principal.ts';
import { signToken } from '../../../services/shared/auth/sign-token.ts';
import { TOKEN_SECRET } from '../protected-services.ts';
import { startService } from '../service-process.ts';
import type { ServiceProcess } from '../service-process.ts';
import { stackEndpoints, testDataDir } from '../stack.ts';
import { openPage } from './open-page.ts';
import type { OpenPageOptions, WatchedPage } from './open-page.ts';

/** Whoever acts from the page: the audit trail names them. */
export const OPERATOR = 'operator@example.com';

export interface Console extends ServiceProcess {
  readonly token: string;
}

/** Resolves when it serves. `port`: where it was before. */
export async function startConsole(port?: string): Promise<Console> {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = stackEndpoints();
  const service = await startService('console', {
    DATABASE_URL: postgresUrl,
    MONGODB_URL: mongoUrl,
    KAFKA_BROKERS: kafkaBrokers,
    CONNECT_URL: connectUrl,
    READSIDE_DATA: testDataDir(),
    AUTH_SECRET: TOKEN_SECRET,
    ...(port !== undefined && { PORT: port }),
  });
  await service.ready();
  return { ...service, token: await tokenWith([SCOPES.admin]) };
}

export async function tokenWith(scopes: readonly string[]): Promise<string> {
  const settings = authSettings({ AUTH_SECRET: TOKEN_SECRET, AUTH_AUDIENCE: OWN_AUDIENCE });
  if (settings?.kind !== 'secret') throw new TypeError('the tests sign with a secret');
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  return signToken(settings, { subject: OPERATOR, scopes, expiresAt });
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

/** Says yes in the dialog of an act, once it shows that this is the command that will run. */
export async function confirm(page: Page, command: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.locator('.command').getByText(command, { exact: true }).waitFor();
  await dialog.locator('button[type=submit]').click();
  await dialog.waitFor({ state: 'hidden' });
}

/** As it is read: spaces and line ends are one. */
export async function textOf(place: Locator): Promise<string> {
  return (await place.innerText()).replaceAll(/\s+/g, ' ').trim();
}

/** The latest run of a command that begins so has ended; returns how. */
export async function jobEnded(page: Page, command: string, timeoutMs = 90_000): Promise<string> {
  const row = page.locator('#activity tbody tr').filter({ hasText: command }).first();
  await row.and(page.locator(':not([data-state=running])')).waitFor({ timeout: timeoutMs });
  return textOf(row.locator('td').last());
}
