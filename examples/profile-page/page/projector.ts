/** The button that stops the projector, and starts it again. */
import { exchange, reasonOf } from './http.ts';
import type { Exchange } from './http.ts';
import type { Store } from './store.ts';

const PATH = '/api/projector';

/** @throws what `exchange` throws; Error when it is refused */
export async function lookAtProjector(store: Store): Promise<void> {
  store.set({ projector: stateIn(await exchange({ method: 'GET', path: PATH })) });
}

/** @throws as the other */
export async function turnProjector(store: Store, on: boolean): Promise<void> {
  const before = store.get().projector;
  store.set({ projector: on ? 'turning on' : 'turning off' });
  try {
    store.set({ projector: stateIn(await exchange({ method: 'PUT', path: PATH, body: { on } })) });
  } catch (error) {
    // It may have been turned, or not.
    store.set({ projector: before });
    throw error;
  }
}

function stateIn(answer: Exchange): 'on' | 'off' {
  if (answer.status !== 200) throw new Error(reasonOf(answer));
  return (answer.body as { readonly on?: unknown } | null)?.on === true ? 'on' : 'off';
}
