/** The page's state in a browser: whatever changes it draws the page anew, once a frame. */
import { INITIAL } from './store.ts';
import type { State, Store } from './store.ts';

export function createStore(draw: (state: State) => void): Store {
  let state = INITIAL;
  let isDue = false;
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...(typeof change === 'function' ? change(state) : change) };
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        state = { ...state, now: performance.now() };
        draw(state);
      });
    },
  };
}
