/** `npm run screenshots [-- <beginning of a name>]`: docs/images/*.png, of the pages of a real system that is started for it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { runDemo } from '../../../cli/demo/demo.ts';
import { PAGE_NAMES } from '../../../cli/local/pages.ts';
import type { StackFile } from '../../../cli/local/stack-file.ts';
import { startSystem } from '../../../cli/local/system.ts';
import { createReporter } from '../../../cli/reporter.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { openBrowser } from './open-browser.ts';
import { DESK } from './screens.ts';
import { SCREENSHOTS } from './screenshots.ts';
import type { Screenshot } from './screenshots.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'docs', 'images');
const [wanted = ''] = process.argv.slice(2);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
mkdirSync(folder, { recursive: true });

const dataDir = join(root, '.readside', 'screenshots');

const system = await startSystem({
  root,
  dataDir,
  fresh: true,
  ports: 'ephemeral',
  projections: ['profile', 'directory', 'history', 'insights'],
  auth: true,
  pages: PAGE_NAMES,
  env: process.env,
  logger: createLogger('screenshots', 'warn'),
  signal: stopping.signal,
  onEvent: createReporter(process.stderr),
});
try {
  await runDemo(system.info(), false, stopping.signal);
  const browser = await openBrowser();
  try {
    for (const each of SCREENSHOTS.filter(({ name }) => name.startsWith(wanted)))
      await take(browser, each, system.info());
  } finally {
    await browser.close();
  }
} finally {
  await system.stop();
}

async function take(browser: Browser, shot: Screenshot, stack: StackFile): Promise<void> {
  const { name, url, viewport = DESK, colorScheme = 'light', isWhole = false, prepare } = shot;
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(url(stack));
  await prepare(page, stack);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: isWhole });
  await context.close();
  process.stdout.write(`docs/images/${name}.png\n`);
}
