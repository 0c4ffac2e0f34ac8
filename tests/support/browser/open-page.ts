/** A page that is listened to: what it complains of, which hosts it asks, and what it loads. Each has a context, and so a storage, of its own. */
import { expect } from '@jest/globals';
import type { Browser, Page, ViewportSize } from 'playwright-core';
import { countBytes } from './count-bytes.ts';
import { DESK } from './screens.ts';

export interface OpenPageOptions {
  readonly viewport?: ViewportSize;
  readonly colorScheme?: 'light' | 'dark';
  /** Complaints that belong to what the test does, such as the browser's line about an answer of 409. */
  readonly expected?: readonly RegExp[];
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of its console and its code, and requests that would leave the machine; one line each. */
  complaints(): readonly string[];
  /** Bytes of all answers so far, as they came over the wire. */
  bytes(): number;
  close(): Promise<void>;
}

const ACTION_MS = 15_000;
const OWN_HOSTS = new Set(['127.0.0.1', 'localhost']);

export async function openPage(
  browser: Browser,
  url: string,
  { viewport = DESK, colorScheme = 'light', expected = [] }: OpenPageOptions = {},
): Promise<WatchedPage> {
  // Without movement, a look at any moment finds what will stay.
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  context.setDefaultTimeout(ACTION_MS);
  const page = await context.newPage();
  const heard: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      heard.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => heard.push(`page error: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && !OWN_HOSTS.has(hostname))
      heard.push(`a request that leaves the machine: ${request.url()}`);
  });
  const bytes = await countBytes(page);
  await page.goto(url, { waitUntil: 'load' });
  return {
    page,
    complaints: () => heard.filter((line) => !expected.some((each) => each.test(line))),
    bytes,
    close: () => context.close(),
  };
}

export function expectNoComplaints({ complaints }: Pick<WatchedPage, 'complaints'>): void {
  expect(complaints()).toEqual([]);
}

/** Wider than the screen, a page has to be pushed to and fro. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, screen] = await page.evaluate<readonly [number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(content).toBeLessThanOrEqual(screen);
}
