/** What the profile page says when it does not know, what it does when a click fails in the middle, and what it remembers. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, jest, test } from '@jest/globals';
import { attempt } from '../../examples/profile-page/page/attempt.ts';
import { MARKED_MS, receive } from '../../examples/profile-page/page/commands.ts';
import { listen } from '../../examples/profile-page/page/listen.ts';
import { lookAtProjector } from '../../examples/profile-page/page/projector.ts';
import { INITIAL } from '../../examples/profile-page/page/store.ts';
import type { State, Store } from '../../examples/profile-page/page/store.ts';
import type { Profile } from '../../examples/profile-page/page/types.ts';
import { standOf } from '../../examples/profile-page/page/views/headline.ts';
import { waitFor } from '../../stack/wait.ts';

const DEADLINE = { timeoutMs: 5000 };
let server: Server | undefined;
afterEach(async () => {
  jest.restoreAllMocks();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** Draws nothing. */
function storeOf(): Store {
  let state: State = INITIAL;
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...(typeof change === 'function' ? change(state) : change) };
    },
  };
}

function profileWith(preferences: Readonly<Record<string, unknown>>, version: number): Profile {
  const fields = { id: 'x', email: 'x@example.com', fullName: 'X', bio: null, locale: null };
  return { ...fields, version, addresses: [], preferences };
}

test.each([
  ['live', 'on', 300, 'good'],
  ['live', 'unknown', 300, 'good'],
  ['live', 'on', 9000, 'warn'],
  ['live', 'off', null, 'warn'],
  ['live', 'on', null, 'idle'],
  ['connecting', 'on', 300, 'idle'],
  ['lost', 'on', 300, 'bad'],
] as const)(
  'a stream that is %s, a projector that is %s, %s ms behind: %s',
  (link, projector, behindMs, tone) => {
    const { tone: shown, text } = standOf({ link, projector }, behindMs);
    expect(shown).toBe(tone);
    expect(text === 'Live and up to date').toBe(tone === 'good');
  },
);

test('a stream that gives no sign of life is left, and opened again', async () => {
  const open: Socket[] = [];
  server = createServer((request, response) => {
    open.push(request.socket);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
  });
  await new Promise<void>((resolve) => {
    server?.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  /** Those of the page; it sets no other of more than 30 s. */
  const silences: Array<() => void> = [];
  const real = globalThis.setTimeout;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, ms?: number) => {
    if (ms !== 40_000) return real(work, ms);
    silences.push(work);
    return real(() => undefined, 0);
  });
  const lost: string[] = [];
  const left = listen(`http://127.0.0.1:${port}/`, {
    heard: () => undefined,
    lost(why) {
      lost.push(why);
      // It would come again for ever.
      if (lost.length > 1) throw new Error('the test is over');
    },
  });
  // One for the answer, and one from its first byte on.
  await waitFor('the first sign of life', () => silences.length === 2, DEADLINE);
  silences.at(-1)?.();
  await waitFor('another stream', () => open.length === 2, DEADLINE);
  expect(lost).toEqual(['nothing was heard for 40 s']);
  server.closeAllConnections();
  await expect(left).rejects.toThrow('the test is over');
});

test('a click that fails in the middle is told among the outcomes', async () => {
  const store = storeOf();
  await attempt(store, 'a try', () => Promise.reject(new TypeError('fetch failed')));
  expect(store.get().outcomes).toMatchObject([{ what: 'a try', kind: 'failed', text: 'fetch failed' }]);
  await attempt(store, 'another', () => Promise.resolve());
  expect(store.get().outcomes).toHaveLength(1);
});

test('a projector that cannot be looked at is not taken for one that stands still', async () => {
  const store = storeOf();
  const answer = new Response('{"statusCode":500,"error":"Internal Server Error"}', {
    status: 500,
    headers: { 'content-type': 'application/json' },
  });
  jest.spyOn(globalThis, 'fetch').mockResolvedValue(answer);
  await expect(lookAtProjector(store)).rejects.toThrow('status 500');
  expect(store.get().projector).toBe('unknown');
});

test('of changes that are marked no more nothing is kept, but the last', () => {
  const store = storeOf();
  let at = 0;
  for (let i = 0; i <= 1000; i++) {
    at = i * 1000;
    receive(store, { document: profileWith({ [`key ${i}`]: i }, i), freshness: {}, at });
  }
  // Of each: the version, the key that came and the one that went.
  expect(store.get().changed.size).toBeLessThanOrEqual(2 + MARKED_MS / 1000);
  const [latest] = [...store.get().changed.values()].toSorted((a, b) => b - a);
  expect(latest).toBe(at);
  receive(store, { document: store.get().document, freshness: {}, at: at + 60_000 });
  expect(Math.max(...store.get().changed.values())).toBe(at);
});
