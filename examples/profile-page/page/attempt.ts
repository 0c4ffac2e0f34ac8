/** What a button begins. An API, or the page's server, may go away in the middle of it: whoever clicked is told, among the outcomes. */
import { noted } from './commands.ts';
import type { Store } from './store.ts';

/** Never rejects. `what`: for people. */
export async function attempt(store: Store, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    store.set(noted({ what, kind: 'failed', status: null, text }));
  }
}
