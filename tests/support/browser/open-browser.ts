/** The browser of a test file, with a profile of its own that nothing is left of. */
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { findBrowser } from './find-browser.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever a page asks for, nothing leaves the machine; what it asked for is told all the same.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];
const START_MS = 60_000;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findBrowser(process.env),
    headless: true,
    args: FLAGS,
    timeout: START_MS,
  });
}
