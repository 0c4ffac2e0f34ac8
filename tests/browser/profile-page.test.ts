/** The profile page in a real browser, on the run's system: what people see of a change, of each way to read, of refusals and of standstill. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { waitFor } from '../../stack/wait.ts';
import { ALL_FORMS, UNDER_LOAD_MINUTES } from '../support/browser/forms.ts';
import { expectAccessible } from '../support/browser/accessibility.ts';
import { openBrowser } from '../support/browser/open-browser.ts';
import { expectNoComplaints, expectNoSidewaysScroll, openPage } from '../support/browser/open-page.ts';
import type { OpenPageOptions, WatchedPage } from '../support/browser/open-page.ts';
import { PHONE } from '../support/browser/screens.ts';
import { runCli } from '../support/cli.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { startProgram } from '../support/service-process.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';

const TEST_MS = 120_000;
/** The `readside` command, on a busy machine. */
const SWITCH = { timeout: 60_000 };

let pipeline: Pipeline;
let server: ServiceProcess;
let browser: Browser;
let userId = '';
let opened: WatchedPage;

beforeAll(async () => {
  pipeline = await openPipeline();
  const { writeApiUrl, readApiUrl } = runningSystem();
  server = await startProgram(
    'examples/profile-page/server.ts',
    { WRITE_API_URL: writeApiUrl, READ_API_URL: readApiUrl, READSIDE_DATA: testDataDir() },
    '/livez',
  );
  await server.ready();
  browser = await openBrowser();
  ({ userId } = (await (await fetch(`${server.url}/api/session`)).json()) as { userId: string });
}, TEST_MS);
afterAll(async () => {
  await browser.close();
  await server.stop();
  await pipeline.close();
});

async function open(options: OpenPageOptions = {}): Promise<Page> {
  opened = await openPage(browser, `${server.url}/`, options);
  await opened.page.getByText('Live and up to date').waitFor();
  return opened.page;
}

beforeEach(async () => {
  await pipeline.sql.query(
    `update users set full_name = 'Ada Lovelace', bio = 'Wrote the first program.', locale = 'en-GB' where id = $1`,
    [userId],
  );
});
afterEach(async () => {
  expectNoComplaints(opened);
  await opened.close();
});

/** Of the read model. */
const field = (page: Page, path: string): Locator => page.locator(`.value[data-path="${path}"]`);
const result = (page: Page, strategy: string): Locator => page.locator(`#${strategy}-result`);
const refused = (status: number): RegExp => new RegExp(`status of ${status} `);

test(
  'a command is shown at once, and confirmed when the read model has it',
  async () => {
    const page = await open();
    await page.getByLabel('Full name').fill('Ada King');
    await page.getByRole('button', { name: 'Save' }).click();
    await field(page, 'fullName').getByText('Ada King').waitFor();
    await page.locator('.outcomes .applied', { hasText: /fullName.*\d m?s after your command/ }).waitFor();
    expect(await field(page, 'fullName').getAttribute('class')).toContain('changed');
    expect(await page.locator('.outcomes .pending').count()).toBe(0);
    await page.getByLabel('Theme').selectOption('light');
    await page.getByLabel('Label').fill('work');
    await page.getByLabel('Street').fill('12 rue Mercière');
    await page.getByLabel('City').fill('Lyon');
    await page.getByLabel('Country').fill('FR');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('.value.changed', { hasText: '12 rue Mercière, Lyon (FR)' }).waitFor();
    await page.getByRole('button', { name: 'Remove address work' }).click();
    await page.locator('.value', { hasText: '12 rue Mercière' }).waitFor({ state: 'detached' });
    await page.locator('.outcomes .applied', { hasText: 'address work removed' }).waitFor();
  },
  TEST_MS,
);

test(
  'a change by plain SQL is seen live, and marked',
  async () => {
    const page = await open();
    await pipeline.sql.query("update users set bio = 'changed by SQL' where id = $1", [userId]);
    await page.locator('.value.changed[data-path="bio"]', { hasText: 'changed by SQL' }).waitFor();
    expect(await page.getByLabel('Bio').inputValue()).toBe('changed by SQL');
  },
  TEST_MS,
);

test(
  'each strategy tells what it asked, what came back and after how long; those that promise the own write show it',
  async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Try all five' }).click();
    for (const strategy of ['wait', 'source', 'polling'])
      await result(page, strategy).getByText('your write is there').waitFor();
    for (const strategy of ['eventual', 'told'])
      expect(await result(page, strategy).textContent()).toMatch(/(old|your write is there).*\d m?s/s);
    await page.getByRole('radio', { name: 'Wait', exact: true }).check();
    const read = page.locator('.exchange').last();
    // The choice is drawn with the next frame.
    await read.locator('.asked', { hasText: 'prefer: wait=3' }).waitFor();
    expect(await read.locator('.asked').textContent()).toMatch(
      /^GET \/profiles\/.*\nconsistency-token: .*\nprefer: wait=3/,
    );
    expect(await read.locator('.answered').textContent()).toMatch(/^200\netag: "\d+-/);
    expect(await read.locator('.members').textContent()).toMatch(
      /strategy\s*wait.*stale\s*\?0.*version\s*\d+/s,
    );
    await page.locator('.timeline', { hasText: /showed it after \d/ }).waitFor();
  },
  TEST_MS,
);

test(
  'a refused command is taken back with the reason: 412, 409, and both kinds of 422',
  async () => {
    const page = await open({ expected: [refused(412), refused(409), refused(422)] });
    for (const [button, path, why] of [
      ['Write on an old version', 'bio', /412.*The user has changed/s],
      ['Take another’s e-mail', 'email', /409.*The e-mail address is taken/s],
      ['Use a key twice', 'fullName', /422.*The Idempotency-Key was used/s],
      ['Write a NUL', 'bio', /422.*The value cannot be stored/s],
    ] as const) {
      const before = await field(page, path).locator('dd').textContent();
      await page.getByRole('button', { name: button }).click();
      await page.locator(`.value.rolled-back[data-path="${path}"]`).waitFor();
      await page.locator('.outcomes .refused', { hasText: why }).waitFor();
      const value = (text: string | null): string => (text ?? '').replace(/rolled back|changed/, '').trim();
      expect(value(await field(page, path).locator('dd').textContent())).toBe(value(before));
    }
  },
  TEST_MS,
);

test(
  'with the projector stopped it says how far it is behind, each strategy meets that in its way, and all catches up live',
  async () => {
    const page = await open();
    try {
      await page.getByRole('button', { name: 'Stop the projector' }).click(SWITCH);
      await page.getByText('Projector stopped').waitFor(SWITCH);
      const behind = page.locator('.notice.warn strong');
      const seconds = async (): Promise<number> => Number.parseFloat((await behind.textContent()) ?? '');
      const first = await seconds();
      await waitFor('it to grow', async () => (await seconds()) > first + 1, { timeoutMs: 20_000 });
      await page.getByRole('button', { name: 'Try all five' }).click();
      await result(page, 'polling').getByText('old').waitFor();
      const told = async (strategy: string): Promise<string> =>
        (await result(page, strategy).textContent()) ?? '';
      expect(await told('eventual')).toMatch(/old\s+\d+ ms/);
      expect(await told('wait')).toMatch(/old, and says so\s+3\.\d s/);
      expect(await told('told')).toMatch(/old, and says so\s+\d+ ms/);
      expect(await told('source')).toMatch(/your write is there/);
      expect(await page.locator('.outcomes .pending').count()).toBe(5);
      await page.locator('.value.optimistic[data-path="preferences.readings"]').waitFor();
      await page.getByRole('button', { name: 'Start the projector' }).click(SWITCH);
      await page.locator('.outcomes .pending').first().waitFor({ state: 'detached', timeout: 60_000 });
      await page.getByText('Live and up to date').waitFor(SWITCH);
    } finally {
      await runCli(['projections', 'start', 'profile'], testDataDir());
    }
  },
  2 * TEST_MS,
);

test(
  'on a phone nothing is wider than the screen; it is accessible in light and in dark, and loads little, quickly',
  async () => {
    const page = await open({ viewport: PHONE });
    await expectNoSidewaysScroll(page);
    await page.getByRole('button', { name: 'Try all five' }).click();
    await page.getByRole('button', { name: 'Try all five', disabled: false }).waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    expect(opened.bytes()).toBeLessThan(300_000);
    expect(
      await page.evaluate<number>('performance.timing.loadEventEnd - performance.timing.navigationStart'),
    ).toBeLessThan(2000);
  },
  TEST_MS,
);

test(
  'by keyboard alone a preference is changed',
  async () => {
    const page = await open();
    const box = page.getByLabel('Newsletter');
    await box.focus();
    await page.keyboard.press('Space');
    await page.locator('.outcomes .applied', { hasText: 'preference newsletter' }).waitFor();
    expect(await page.evaluate('document.activeElement?.getAttribute("name")')).toBe('newsletter');
  },
  TEST_MS,
);

test(
  'it comes again by itself when the read API was killed',
  async () => {
    const page = await open({ expected: [/ERR_|status of 50\d/] });
    const { readApi } = runningSystem().pids;
    if (readApi === null) throw new Error('the read API does not run');
    process.kill(readApi, 'SIGKILL');
    await page.getByText('The stream is lost').waitFor();
    await page.getByText('Live and up to date').waitFor({ timeout: 60_000 });
    await pipeline.sql.query("update users set bio = 'after the restart' where id = $1", [userId]);
    await field(page, 'bio').getByText('after the restart').waitFor();
    expect(runningSystem().pids.readApi).not.toBe(readApi);
  },
  TEST_MS,
);

if (ALL_FORMS)
  test(
    `under 200 changes a second it stays right for ${UNDER_LOAD_MINUTES} minutes, and its memory flat`,
    async () => {
      const page = await open();
      const session = await page.context().newCDPSession(page);
      const heapMb = async (): Promise<number> => {
        await session.send('HeapProfiler.collectGarbage');
        return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
      };
      const until = Date.now() + UNDER_LOAD_MINUTES * 60_000;
      const warmUntil = Date.now() + 10_000;
      let count = 0;
      let warm: number | null = null;
      while (Date.now() < until) {
        const since = Date.now();
        for (let i = 0; i < 20; i++) {
          count += 1;
          await pipeline.sql.query('update users set bio = $2 where id = $1', [userId, `number ${count}`]);
        }
        if (warm === null && Date.now() > warmUntil) warm = await heapMb();
        await new Promise((resolve) => {
          setTimeout(resolve, Math.max(0, 100 - (Date.now() - since)));
        });
      }
      await field(page, 'bio').getByText(`number ${count}`, { exact: true }).waitFor();
      expect((await heapMb()) - (warm ?? 0)).toBeLessThan(3);
    },
    (UNDER_LOAD_MINUTES + 2) * 60_000,
  );
