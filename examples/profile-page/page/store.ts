/** All that the page knows, in one value. */
import type { Strategy, Trial } from './strategies.ts';
import type { Freshness, Profile, Session } from './types.ts';

/** A command whose effect is shown before it is known. */
export interface Pending {
  readonly number: number;
  readonly what: string;
  /** Of the document as it will be. */
  readonly change: (profile: Profile) => Profile;
  readonly sentAt: number;
  /** From when it was acknowledged on: which version shows it. */
  readonly version: number | null;
}

/** What became of a command. */
export interface Outcome {
  readonly number: number;
  readonly what: string;
  /** `failed`: there was no whole answer, so that what it would have done may be done or not. */
  readonly kind: 'applied' | 'refused' | 'failed';
  /** of a refusal */
  readonly status: number | null;
  readonly text: string;
}

export interface State {
  readonly session: Session | null;
  /** Why the page cannot begin. */
  readonly failure: string | null;
  readonly link: 'connecting' | 'live' | 'lost';
  /** null: there is none */
  readonly document: Profile | null;
  readonly freshness: Freshness;
  /** Path of a field → when it was seen to change, as long as it is marked. */
  readonly changed: ReadonlyMap<string, number>;
  /** Fields whose optimistic value was just taken back. */
  readonly rolledBack: ReadonlyMap<string, number>;
  readonly pending: readonly Pending[];
  /** Newest first. */
  readonly outcomes: readonly Outcome[];
  /** The latest version that a command was answered with. */
  readonly acknowledged: number;
  /** Inputs as somebody has typed them, by the field's name. */
  readonly drafts: Readonly<Record<string, string>>;
  /** Every commit before this time is in the documents: milliseconds since 1970; null: not known. */
  readonly asOf: number | null;
  readonly projector: 'unknown' | 'on' | 'off' | 'turning on' | 'turning off';
  readonly strategy: Strategy;
  readonly trials: Readonly<Partial<Record<Strategy, Trial>>>;
  readonly isTrying: boolean;
  /** performance.now() of the last drawing, for what counts up. */
  readonly now: number;
}

export const INITIAL: State = {
  session: null,
  failure: null,
  link: 'connecting',
  document: null,
  freshness: {},
  changed: new Map(),
  rolledBack: new Map(),
  pending: [],
  outcomes: [],
  acknowledged: 0,
  drafts: {},
  asOf: null,
  projector: 'unknown',
  strategy: 'wait',
  trials: {},
  isTrying: false,
  now: 0,
};

export interface Store {
  readonly get: () => State;
  readonly set: (change: Partial<State> | ((state: State) => Partial<State>)) => void;
}
