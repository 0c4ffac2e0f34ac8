/** Starts the page: who is shown, the stream of its document, and what counts up. */
import { render } from 'lit-html';
import { receive } from './commands.ts';
import { asOfOf } from './freshness.ts';
import { exchange } from './http.ts';
import { listen } from './listen.ts';
import { lookAtProjector } from './projector.ts';
import { createStore } from './create-store.ts';
import type { Store } from './store.ts';
import { noteLive } from './strategies.ts';
import type { Session } from './types.ts';
import { page } from './views/page.ts';

/** How often the time that has passed is drawn, and how often it is asked how old the document may be. */
const TICK_MS = 250;
const FRESHNESS_MS = 1000;
const AGAIN_MS = 2000;
const FRESHNESS_DEADLINE_MS = 5000;

const store: Store = createStore((state) => render(page(state, store), document.body));
await begin();

async function begin(): Promise<void> {
  const session = await sessionOf();
  if (session === null) {
    store.set({ failure: 'The page’s server cannot reach the two APIs. It tries again.' });
    setTimeout(() => void begin(), AGAIN_MS);
    return;
  }
  store.set({ session, failure: null });
  const path = `/read/profiles/${session.userId}`;
  void listen(`${path}/events`, {
    heard(heard) {
      receive(store, heard);
      if (heard.document) noteLive(store, heard.document.version, heard.at);
    },
    lost: () => store.set({ link: 'lost' }),
  });
  if (session.hasSwitch) void beginSwitch();
  setInterval(() => store.set({}), TICK_MS);
  void watchFreshness(`${path}/version`);
}

async function beginSwitch(): Promise<void> {
  try {
    await lookAtProjector(store);
  } catch {
    // The button says that it is not known yet.
    setTimeout(() => void beginSwitch(), AGAIN_MS);
  }
}

async function sessionOf(): Promise<Session | null> {
  try {
    const { status, body } = await exchange({ method: 'GET', path: '/api/session' });
    return status === 200 ? (body as Session) : null;
  } catch {
    // No answer at all, which is what null says.
    return null;
  }
}

/** Events come when the document changes; how old it may be is another question. Not asked while nobody looks. */
async function watchFreshness(path: string): Promise<never> {
  for (;;) {
    store.set({ asOf: document.hidden ? null : await askFreshness(path) });
    await new Promise((resolve) => {
      setTimeout(resolve, FRESHNESS_MS);
    });
  }
}

/** null: it is not known, as where the answer does not tell, or none comes. */
async function askFreshness(path: string): Promise<number | null> {
  try {
    const { freshness } = await exchange({ method: 'GET', path }, AbortSignal.timeout(FRESHNESS_DEADLINE_MS));
    return asOfOf(freshness);
  } catch {
    return null;
  }
}
