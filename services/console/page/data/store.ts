/** The state of the page, and the one way it changes: events and answers change it, and whatever is shown follows from it. */
export interface Store<State> {
  readonly state: State;
  change(patch: Partial<State>): void;
}

/** `onChange` is called once for all changes of a frame. */
export function createStore<State extends object>(
  initial: State,
  onChange: (state: State) => void,
): Store<State> {
  let state = initial;
  let isAsked = false;
  return {
    get state() {
      return state;
    },
    change(patch) {
      state = { ...state, ...patch };
      if (isAsked) return;
      isAsked = true;
      // A frame never comes to a page that is not seen; then there is nothing to draw either.
      requestAnimationFrame(() => {
        isAsked = false;
        onChange(state);
      });
    },
  };
}
