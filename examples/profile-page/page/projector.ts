/** The button that stops the projector, and starts it again. */
import { exchange } from './http.ts';
import type { Store } from './store.ts';

const PATH = '/api/projector';

export async function lookAtProjector(store: Store): Promise<void> {
  const { body } = await exchange({ method: 'GET', path: PATH });
  store.set({ projector: isOn(body) ? 'on' : 'off' });
}

export async function turnProjector(store: Store, on: boolean): Promise<void> {
  const before = store.get().projector;
  store.set({ projector: on ? 'turning on' : 'turning off' });
  try {
    const { status, body } = await exchange({ method: 'PUT', path: PATH, body: { on } });
    store.set({ projector: status === 200 ? (isOn(body) ? 'on' : 'off') : before });
  } catch {
    // It may have been turned, or not.
    store.set({ projector: before });
  }
}

function isOn(body: unknown): boolean {
  return (body as { readonly on?: unknown } | null)?.on === true;
}
