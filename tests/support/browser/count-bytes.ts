/** What a page's answers weigh, heads and compression as they are. */
import type { Page } from 'playwright-core';

/** Those that arrive after the call; of one that goes on, such as events, what has come so far. */
export async function countBytes(page: Page): Promise<() => number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const byRequest = new Map<string, number>();
  session.on('Network.dataReceived', ({ requestId, encodedDataLength }) =>
    byRequest.set(requestId, (byRequest.get(requestId) ?? 0) + encodedDataLength),
  );
  // The whole, head included, once it is known.
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    byRequest.set(requestId, encodedDataLength),
  );
  return () => [...byRequest.values()].reduce((sum, each) => sum + each, 0);
}
