/** The console's page: events change the state, and the state is drawn. What it shows comes from the console's server alone. */
import { render } from 'lit-html';
import type { StatusReport } from '../../shared/status-report.ts';
import { ageOfLook } from './data/age-of-look.ts';
import { announcementOf } from './data/announcement.ts';
import { ApiError, createApi, messageOf } from './data/api.ts';
import type { Api } from './data/api.ts';
import type { Job, HistoryReport } from './data/console-api.ts';
import { listen } from './data/event-stream.ts';
import { createHands } from './data/hands.ts';
import { addLook, seriesOfPast } from './data/series.ts';
import { chooseFrom, chosenProjection, initialState } from './data/state.ts';
import type { PageState } from './data/state.ts';
import { createStore } from './data/store.ts';
import { followSections } from './follow-sections.ts';
import { keepFocus } from './keep-focus.ts';
import { forgetToken, keepToken, takeToken } from './token.ts';
import { stateWords } from './views/projections.ts';
import { pageView } from './views/page.ts';
import './views/time-graph.ts';

const root = document.querySelector('#app') ?? document.body;
const store = createStore(initialState(takeToken()), draw);
let api: Api = createApi('');
let stopListening: (() => void) | null = null;
/** At the start, and after the stream was broken: the server has gone on looking. */
let isPastDue = true;
/** When the stream was opened, by the server's clock, until its first look has come. */
let servedAt: string | null = null;

const hands = createHands(store, {
  api: () => api,
  signIn(token) {
    keepToken(token);
    store.change({ ...initialState(token) });
    begin(token);
  },
  signOut: leave,
});

function leave(why: string | null): void {
  stopListening?.();
  forgetToken();
  store.change({ ...initialState(null), refused: why });
}

function draw(state: PageState): void {
  // Told in the browser's tabs too.
  document.title = `${state.report === null ? '' : `${stateWords(state.report.state)} · `}Readside console`;
  keepFocus(() => {
    render(pageView(state, hands), root as HTMLElement);
    const dialog = root.querySelector('dialog');
    if (state.question !== null && dialog?.open === false) dialog.showModal();
    if (state.question === null && dialog?.open === true) dialog.close();
  });
  followSections();
}

function begin(token: string): void {
  api = createApi(token);
  stopListening = listen(api, '/api/events', {
    onOpen(at) {
      isPastDue = true;
      servedAt = at;
      store.change({ connection: { kind: 'live' } });
    },
    onEvent(name, data) {
      if (name === 'status') onReport(JSON.parse(data) as StatusReport);
      else if (name === 'gone') store.change({ gone: (JSON.parse(data) as { readonly why: string }).why });
      else if (name === 'jobs') onJobs(JSON.parse(data) as readonly Job[]);
    },
    onBroken: (why, inMs) =>
      store.change({ connection: { kind: 'broken', why, retryAtMs: performance.now() + inMs } }),
    onRefused: (error) => leave(messageOf(error)),
  });
}

async function loadPast({ projections }: StatusReport): Promise<void> {
  const streams = new Map(projections.map(({ projection, stream }) => [projection, stream]));
  try {
    const past = await api.get<HistoryReport>('/api/history');
    const series = seriesOfPast(past, (projection) => streams.get(projection) ?? null);
    if (store.state.report !== null) addLook(series, store.state.report);
    store.change({ series });
  } catch (error) {
    // The console is away: the stream says so, and when it is back the past is asked for again.
    if (!(error instanceof ApiError)) throw error;
  }
}

function onReport(report: StatusReport): void {
  const before = store.state.report;
  addLook(store.state.series, report);
  const isNew = before?.state !== report.state;
  store.change({
    report,
    gone: null,
    chosen: chooseFrom(report, store.state),
    lookedMs: performance.now() - ageOfLook(report.at, servedAt),
    nowMs: performance.now(),
    ...(isNew ? { since: before === null ? null : report.at } : {}),
    announcement: announcementOf(report, store.state.announcement),
  });
  servedAt = null;
  if (isPastDue) void loadPast(report);
  isPastDue = false;
  const { letters } = store.state;
  const now = chosenProjection(store.state);
  if (now === null) return;
  const held = before?.projections.find(({ projection }) => projection === now.projection)?.quarantined;
  if (letters.projection !== now.projection || held !== now.quarantined) hands.loadLetters(now.projection);
}

function onJobs(jobs: readonly Job[]): void {
  const wereRunning = new Set(
    store.state.jobs.filter(({ state }) => state === 'running').map(({ id }) => id),
  );
  store.change({ jobs });
  const ended = jobs.filter(({ id, state }) => wereRunning.has(id) && state !== 'running');
  const { letters, subject } = store.state;
  if (ended.some(({ act }) => act.startsWith('dlq-') || act === 'repair') && letters.projection !== '') {
    hands.loadLetters(letters.projection);
    if (letters.audit.kind !== 'nothing') hands.loadAudit(letters.projection);
  }
  if (ended.some(({ act }) => act === 'repair') && subject.query !== '') hands.find(subject.query);
}

draw(store.state);
if (store.state.token !== null) begin(store.state.token);
// Ages grow without any news.
setInterval(() => store.state.token !== null && store.change({ nowMs: performance.now() }), 1000);
