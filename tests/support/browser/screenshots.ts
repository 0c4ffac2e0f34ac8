/** The pictures of the pages in docs/images: what is looked at, and what is done before. Whoever adds a panel adds a line. */
import type { Page, ViewportSize } from 'playwright-core';
import type { StackFile } from '../../../cli/local/stack-file.ts';
import { PHONE } from './screens.ts';
import { SOMEBODY, writeForAWhile } from './write-for-a-while.ts';

export interface Screenshot {
  /** Of the file, without .png. */
  readonly name: string;
  readonly url: (system: StackFile) => string;
  readonly viewport?: ViewportSize;
  readonly colorScheme?: 'light' | 'dark';
  /** The whole page, and not what fits on the screen. */
  readonly isWhole?: boolean;
  /** Until the page shows what the picture is of. */
  readonly prepare: (page: Page, system: StackFile) => Promise<void>;
}

const consolePage = ({ consoleUrl, token }: StackFile): string => `${consoleUrl}/#token=${token ?? ''}`;

/** Figures of a system that is at work, and one document that is looked at. */
async function lookAtOne(page: Page): Promise<void> {
  await page.getByRole('searchbox').fill(SOMEBODY);
  await page.getByRole('searchbox').press('Enter');
  await page.locator('#document [data-verdict=equal]').waitFor({ timeout: 60_000 });
  await page.locator('#document').getByRole('slider').waitFor({ timeout: 60_000 });
  await page.locator('#document [data-path="preferences.theme"]').click();
  // A whole page is taken from its top.
  await page.mouse.move(0, 0);
  await page.evaluate('scrollTo(0, 0)');
}

const profilePage = ({ profilePageUrl }: StackFile): string => `${profilePageUrl}/`;

/** Something of everything: a change, five reads, a refusal. */
async function useProfilePage(page: Page): Promise<void> {
  await page.getByText('Live and up to date').waitFor();
  await page.getByRole('button', { name: 'Stop the projector' }).waitFor();
  await page.getByRole('button', { name: 'Try all five' }).click();
  await page.locator('.choice .result .ms').nth(4).waitFor();
  await page.getByRole('radio', { name: 'Wait', exact: true }).check();
  await page.getByRole('button', { name: 'Take another’s e-mail' }).click();
  await page.locator('.outcomes .refused').first().waitFor();
  await page.getByLabel('Newsletter').click();
  await page.locator('.value.changed[data-path="preferences.newsletter"]').waitFor();
}

export const SCREENSHOTS: readonly Screenshot[] = [
  {
    name: 'console-light',
    url: consolePage,
    async prepare(page, system) {
      await new Promise<void>((resolve, reject) => {
        writeForAWhile(system, resolve).catch(reject);
      });
      await page.locator('article[data-projection=profile] [data-act=verify]').click();
      await page.getByRole('dialog').locator('button[type=submit]').click();
      await page.locator('#activity tr[data-state=done]').first().waitFor({ timeout: 60_000 });
      await page.evaluate('scrollTo(0, 0)');
    },
    isWhole: true,
  },
  { name: 'console-dark', url: consolePage, colorScheme: 'dark', isWhole: true, prepare: lookAtOne },
  {
    name: 'console-phone',
    url: consolePage,
    viewport: PHONE,
    prepare: (page) => page.locator('.pipeline').waitFor(),
  },
  {
    name: 'console-stalled',
    url: consolePage,
    async prepare(page) {
      await page.locator('[data-act=connector-pause]').click();
      await page.getByRole('dialog').locator('button[type=submit]').click();
      await page.locator('.headline[data-state=stalled]').waitFor({ timeout: 60_000 });
      await page.evaluate('scrollTo(0, 0)');
    },
  },
  {
    name: 'console-healed',
    url: consolePage,
    async prepare(page) {
      await page
        .locator('#headline')
        .getByRole('button', { name: /^Resume/ })
        .click();
      await page.getByRole('dialog').locator('button[type=submit]').click();
      await page.locator('.headline[data-state=up-to-date]').waitFor({ timeout: 60_000 });
    },
  },
  { name: 'profile-page-light', url: profilePage, isWhole: true, prepare: useProfilePage },
  {
    name: 'profile-page-dark',
    url: profilePage,
    colorScheme: 'dark',
    isWhole: true,
    prepare: useProfilePage,
  },
  { name: 'profile-page-phone', url: profilePage, viewport: PHONE, isWhole: true, prepare: useProfilePage },
  {
    name: 'profile-page-stopped',
    url: profilePage,
    isWhole: true,
    async prepare(page) {
      await page.getByRole('button', { name: 'Stop the projector' }).click();
      await page.getByText('Projector stopped').waitFor({ timeout: 60_000 });
      await page.getByLabel('Newsletter').click();
      await page.getByRole('button', { name: 'Try all five' }).click();
      await page.locator('.choice .result .ms').nth(4).waitFor({ timeout: 30_000 });
      await page.getByRole('button', { name: 'Try all five', disabled: false }).waitFor();
      await page.getByRole('radio', { name: 'Wait', exact: true }).check();
    },
  },
];
