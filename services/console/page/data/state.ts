/** Everything that the page shows. */
import type { Act } from '../../../shared/acts.ts';
import type { ProjectionReport, StatusReport, StreamReport } from '../../../shared/status-report.ts';
import { NOTHING_SAID } from './announcement.ts';
import type { Announcement } from './announcement.ts';
import type { AuditLine, DeadLetters, HeldChanges, Job, RetryOutcome } from './console-api.ts';
import type { DocumentAnswer, HistoryAnswer } from './document-api.ts';
import type { AllSeries } from './series.ts';

/** Something that was asked for. */
export type Asked<Value> =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'here'; readonly value: Value }
  | { readonly kind: 'failed'; readonly why: string };

export const NOTHING = { kind: 'nothing' } as const;

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'broken'; readonly why: string; readonly retryAtMs: number };

export interface Letters {
  /** Whose they are. */
  readonly projection: string;
  readonly list: Asked<DeadLetters>;
  /** The document that is looked at. */
  readonly open: string | null;
  readonly changes: Asked<HeldChanges>;
  readonly outcome: Asked<RetryOutcome | null>;
  readonly audit: Asked<readonly AuditLine[]>;
}

export interface Subject {
  /** As it was typed. */
  readonly query: string;
  readonly document: Asked<DocumentAnswer>;
  readonly history: Asked<HistoryAnswer>;
  /** The number of the entry that the slider stands at; null: the latest. */
  readonly at: number | null;
  /** The field that is explained. */
  readonly field: string | null;
}

export interface PageState {
  readonly token: string | null;
  /** Why the last token was not taken. */
  readonly refused: string | null;
  readonly connection: Connection;
  readonly report: StatusReport | null;
  /** Why the console itself cannot look at the system now. */
  readonly gone: string | null;
  /** When the look was made, by the page's own clock, in milliseconds: no other machine's clock counts. */
  readonly lookedMs: number;
  readonly nowMs: number;
  /** Since when the headline's state is what it is, as far as the page or the server knows. */
  readonly since: string | null;
  /** What a screen reader is told. */
  readonly announcement: Announcement;
  readonly jobs: readonly Job[];
  readonly series: AllSeries;
  /** The read model that the panels are of; null: none was seen yet. */
  readonly chosen: string | null;
  /** The reader has chosen it, or looks at something of it: then no other takes its place. */
  readonly isChosenByHand: boolean;
  /** The act that the reader is asked about. */
  readonly question: Act | null;
  /** Why the last act was not even begun. */
  readonly actRefused: string | null;
  readonly letters: Letters;
  readonly subject: Subject;
}

export const NO_LETTERS: Letters = {
  projection: '',
  list: NOTHING,
  open: null,
  changes: NOTHING,
  outcome: NOTHING,
  audit: NOTHING,
};

export const NO_SUBJECT: Subject = {
  query: '',
  document: NOTHING,
  history: NOTHING,
  at: null,
  field: null,
};

export function initialState(token: string | null): PageState {
  return {
    token,
    refused: null,
    connection: { kind: 'connecting' },
    report: null,
    gone: null,
    lookedMs: 0,
    nowMs: performance.now(),
    since: null,
    announcement: NOTHING_SAID,
    jobs: [],
    series: new Map(),
    chosen: null,
    isChosenByHand: false,
    question: null,
    actRefused: null,
    letters: NO_LETTERS,
    subject: NO_SUBJECT,
  };
}

/** The one that the panels are about. */
export function chosenProjection({ report, chosen }: PageState): ProjectionReport | null {
  return (
    report?.projections.find(({ projection }) => projection === chosen) ?? report?.projections[0] ?? null
  );
}

/** It stays, so that panels do not jump; a read model that stalls takes the place of one that does not, unless the reader has chosen. */
export function chooseFrom(
  { projections, state }: StatusReport,
  { chosen, isChosenByHand }: Pick<PageState, 'chosen' | 'isChosenByHand'>,
): string | null {
  const now = projections.find(({ projection }) => projection === chosen);
  const stays = now !== undefined && (isChosenByHand || state !== 'stalled' || now.state === 'stalled');
  return stays ? now.projection : (projections.find((each) => each.state === state)?.projection ?? null);
}

export function streamOf(report: StatusReport, { stream }: ProjectionReport): StreamReport | null {
  return report.streams.find((each) => each.stream === stream) ?? null;
}

/** Looks come about once a second; what is older than so many seconds is said to be old, and sooner where no news can come. */
const OLD_SECONDS = 6;
const OLD_WITHOUT_NEWS_SECONDS = 3;

/** Seconds since the last look, where that is too long ago; null: what is shown is of now. */
export function oldFor({ report, lookedMs, nowMs, connection, gone }: PageState): number | null {
  if (report === null) return null;
  const seconds = Math.max(0, (nowMs - lookedMs) / 1000);
  const isCut = connection.kind === 'broken' || gone !== null;
  return seconds > (isCut ? OLD_WITHOUT_NEWS_SECONDS : OLD_SECONDS) ? seconds : null;
}
