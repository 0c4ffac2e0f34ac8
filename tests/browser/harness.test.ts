/** The harness of the pages' tests: it sees what a page does wrong. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { waitFor } from '../../stack/wait.ts';
import { expectAccessible } from '../support/browser/accessibility.ts';
import { openBrowser } from '../support/browser/open-browser.ts';
import { expectNoComplaints, expectNoSidewaysScroll, openPage } from '../support/browser/open-page.ts';
import { PHONE } from '../support/browser/screens.ts';

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"></head>` +
  `<body><main><h1>${title}</h1>${body}</main></body></html>`;

const PAGES: Readonly<Record<string, string>> = {
  '/good': page('Good', `<p>${'Nothing is wrong here. '.repeat(40)}</p>`),
  '/error': page('Error', '<script>throw new Error("broken by itself")</script>'),
  '/leaves': page('Leaves', '<img alt="elsewhere" src="http://example.com/image.png">'),
  '/pale': page(
    'Pale',
    '<p style="color: #ccc; background: #fff">too pale to read</p><p><img src="data:,"></p>',
  ),
  '/missing': page('Missing', '<img alt="gone" src="/gone.png">'),
  '/wide': page('Wide', '<p style="width: 900px">too wide for a phone</p>'),
};
const server = createServer((request, response) => {
  const body = PAGES[request.url ?? ''];
  response.writeHead(body === undefined ? 404 : 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "script-src 'unsafe-inline'",
  });
  response.end(body);
});
let browser: Browser;
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
});

test('a page with nothing wrong passes, and what it weighs is told', async () => {
  const opened = await openPage(browser, `${url}/good`, { viewport: PHONE });
  await expectAccessible(opened.page);
  await expectNoSidewaysScroll(opened.page);
  expectNoComplaints(opened);
  const size = Buffer.byteLength(PAGES['/good'] ?? '');
  expect(opened.bytes()).toBeGreaterThanOrEqual(size);
  expect(opened.bytes()).toBeLessThan(size + 1000);
  await opened.close();
});

test.each([
  ['an error of its code', '/error', /page error: Error: broken by itself/],
  ['a request that leaves the machine', '/leaves', /leaves the machine: http:\/\/example\.com\/image\.png/],
  ['what is not there', '/missing', /console error: .*404/],
])('%s is a complaint', async (_what, path, complaint) => {
  const opened = await openPage(browser, `${url}${path}`);
  await waitFor('the complaint', () => opened.complaints().some((line) => complaint.test(line)), {
    timeoutMs: 10_000,
  });
  expect(() => expectNoComplaints(opened)).toThrow(complaint);
  await opened.close();
});

test('a complaint that belongs to the test is none', async () => {
  const opened = await openPage(browser, `${url}/error`, { expected: [/broken by itself/] });
  expect(opened.complaints()).toEqual([]);
  await opened.close();
});

test('pale text, a picture without words and a line too wide are found', async () => {
  const pale = await openPage(browser, `${url}/pale`);
  await expect(expectAccessible(pale.page)).rejects.toThrow(/color-contrast[^]*image-alt/);
  await pale.close();
  const wide = await openPage(browser, `${url}/wide`, { viewport: PHONE });
  await expect(expectNoSidewaysScroll(wide.page)).rejects.toThrow('toBeLessThanOrEqual');
  await wide.close();
});
