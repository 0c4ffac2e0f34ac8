/**
 * Commands, shown before they are known. Each is put on top of the document at once; it stays there until the read model shows its version,
 * or is taken back with the reason when it is refused.
 */
import { differencesOf } from './differences.ts';
import { exchange, reasonOf, versionIn } from './http.ts';
import type { Ask, Exchange } from './http.ts';
import type { Heard } from './listen.ts';
import type { Outcome, Pending, State, Store } from './store.ts';
import type { Profile } from './types.ts';
import { duration } from './words.ts';

export interface Command {
  /** For people: what is changed. */
  readonly what: string;
  readonly ask: Ask;
  readonly change: (profile: Profile) => Profile;
}

const OUTCOMES_KEPT = 5;
/** How long a change is marked. */
export const MARKED_MS = 5000;
let numbers = 0;

/** The document as it is shown: with what is under way on top. */
export function shown({ document, pending }: Pick<State, 'document' | 'pending'>): Profile | null {
  return document && pending.reduce((profile, { change }) => change(profile), document);
}

/** Resolves with the answer; null where none came. */
export async function perform(store: Store, { what, ask, change }: Command): Promise<Exchange | null> {
  numbers += 1;
  const pending: Pending = { number: numbers, what, change, sentAt: performance.now(), version: null };
  store.set(({ pending: others }) => ({ pending: [...others, pending] }));
  let answer: Exchange;
  try {
    answer = await exchange(ask);
  } catch {
    takeBack(store, pending, null, 'the write API cannot be reached');
    return null;
  }
  const version = versionIn(answer.body);
  if (answer.status >= 300 || version === null) takeBack(store, pending, answer.status, reasonOf(answer));
  else {
    store.set(({ pending: all, acknowledged }) => ({
      acknowledged: Math.max(acknowledged, version),
      pending: all.map((each) => (each === pending ? { ...each, version } : each)),
    }));
    // The event may have been quicker than the answer.
    store.set((state) => settled(state));
  }
  return answer;
}

/** What the read model has told. */
export function receive(store: Store, { document, freshness, at }: Heard): void {
  store.set((state) => {
    // The first is no change.
    const paths = state.document === null ? [] : differencesOf(state.document, document);
    const changed = marked(state.changed, paths, at);
    return { ...settled({ ...state, document }, at), link: 'live', document, freshness, changed };
  });
}

/** Commands that the document shows are under way no more. */
function settled(state: State, at = performance.now()): Pick<State, 'pending' | 'outcomes'> {
  const version = state.document?.version ?? 0;
  const isApplied = (each: Pending): boolean => each.version !== null && each.version <= version;
  const applied = state.pending.filter(isApplied).map((each): Outcome => {
    const text = `${duration(at - each.sentAt)} after your command`;
    return { number: each.number, what: each.what, kind: 'applied', status: null, text };
  });
  return {
    pending: state.pending.filter((each) => !isApplied(each)),
    outcomes: [...applied.toReversed(), ...state.outcomes].slice(0, OUTCOMES_KEPT),
  };
}

function takeBack(store: Store, pending: Pending, status: number | null, text: string): void {
  const at = performance.now();
  store.set((state) => {
    const without = state.pending.filter(({ number }) => number !== pending.number);
    const paths = differencesOf(shown(state), shown({ ...state, pending: without }));
    const outcome: Outcome = { number: pending.number, what: pending.what, kind: 'refused', status, text };
    return {
      pending: without,
      rolledBack: marked(state.rolledBack, paths, at),
      outcomes: [outcome, ...state.outcomes].slice(0, OUTCOMES_KEPT),
    };
  });
}

/** With `paths`, and without those that are marked no more: of a long day of changes nothing is kept. What was last, stays. */
function marked(
  before: ReadonlyMap<string, number>,
  paths: readonly string[],
  at: number,
): ReadonlyMap<string, number> {
  if (paths.length === 0) return before;
  const still = [...before].filter(([, since]) => at - since < MARKED_MS);
  return new Map([...still, ...paths.map((path) => [path, at] as const)]);
}

/** What became of something, on top of what became of others. */
export function noted(outcome: Omit<Outcome, 'number'>): (state: State) => Pick<State, 'outcomes'> {
  numbers += 1;
  const told = { ...outcome, number: numbers };
  return ({ outcomes }) => ({ outcomes: [told, ...outcomes].slice(0, OUTCOMES_KEPT) });
}
