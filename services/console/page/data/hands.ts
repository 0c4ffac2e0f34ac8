/** What a reader can have done: each asks the server, and the answer changes the state. */
import type { Act } from '../../../shared/acts.ts';
import { ApiError, isRefusedToken, messageOf } from './api.ts';
import type { Api } from './api.ts';
import type { AuditLine, DeadLetters, HeldChanges, RetryOutcome } from './console-api.ts';
import type { DocumentAnswer, HistoryAnswer } from './document-api.ts';
import { chosenProjection, NO_LETTERS, NO_SUBJECT, NOTHING } from './state.ts';
import type { Asked, Letters, PageState, Subject } from './state.ts';
import type { Store } from './store.ts';

export interface Hands {
  signIn(token: string): void;
  signOut(): void;
  choose(projection: string): void;
  /** null: no. */
  ask(act: Act | null): void;
  run(act: Act): void;
  interrupt(job: string): void;
  loadLetters(projection: string): void;
  openLetters(id: string | null): void;
  loadAudit(projection: string): void;
  /** By an id, or by what the read model is looked up by. */
  find(query: string): void;
  /** The number of a history's entry; null: the latest. */
  goTo(entry: number | null): void;
  explain(field: string | null): void;
}

export interface Session {
  api(): Api;
  signIn(token: string): void;
  signOut(why: string | null): void;
}

export function createHands(store: Store<PageState>, session: Session): Hands {
  const isNow = (projection: string): boolean => store.state.letters.projection === projection;
  const changeLetters = (patch: Partial<Letters>): void =>
    store.change({ letters: { ...store.state.letters, ...patch } });
  const changeSubject = (patch: Partial<Subject>): void =>
    store.change({ subject: { ...store.state.subject, ...patch } });

  async function ask<Value>(path: string): Promise<Asked<Value>> {
    try {
      return { kind: 'here', value: await session.api().get<Value>(path) };
    } catch (error) {
      if (isRefusedToken(error)) session.signOut(messageOf(error));
      return { kind: 'failed', why: messageOf(error) };
    }
  }

  async function loadLetters(projection: string): Promise<void> {
    if (!isNow(projection))
      store.change({ letters: { ...NO_LETTERS, projection, list: { kind: 'asking' } } });
    const list = await ask<DeadLetters>(`/api/dead-letters/${name(projection)}`);
    if (!isNow(projection)) return;
    changeLetters({ list });
    const { open } = store.state.letters;
    if (open === null) return;
    const isHeld = list.kind === 'here' && list.value.documents.some(({ id }) => id === open);
    if (isHeld) await openLetters(open);
    else changeLetters({ open: null, changes: NOTHING, outcome: NOTHING });
  }

  async function openLetters(id: string | null): Promise<void> {
    const { projection, open } = store.state.letters;
    if (id === null) return changeLetters({ open: null, changes: NOTHING, outcome: NOTHING });
    store.change({ isChosenByHand: true });
    if (id !== open) changeLetters({ open: id, changes: { kind: 'asking' }, outcome: { kind: 'asking' } });
    const path = `/api/dead-letters/${name(projection)}/${name(id)}`;
    const isOpen = (): boolean => isNow(projection) && store.state.letters.open === id;
    const changes = ask<HeldChanges>(path).then((found) => isOpen() && changeLetters({ changes: found }));
    const outcome = ask<readonly RetryOutcome[]>(`${path}/retry`).then(
      (found) =>
        isOpen() &&
        changeLetters({
          outcome: found.kind === 'here' ? { kind: 'here', value: found.value[0] ?? null } : found,
        }),
    );
    await Promise.all([changes, outcome]);
  }

  async function loadAudit(projection: string): Promise<void> {
    const audit = await ask<readonly AuditLine[]>(`/api/audit/${name(projection)}`);
    if (isNow(projection)) changeLetters({ audit });
  }

  async function find(query: string): Promise<void> {
    const projection = chosenProjection(store.state)?.projection;
    if (projection === undefined) return;
    store.change({ isChosenByHand: true, subject: { ...NO_SUBJECT, query, document: { kind: 'asking' } } });
    const isStill = (): boolean => store.state.subject.query === query;
    const found = await ask<{ readonly id: string }>(`/api/documents/${name(projection)}?q=${name(query)}`);
    if (!isStill()) return;
    if (found.kind !== 'here') return changeSubject({ document: found });
    const path = `/api/documents/${name(projection)}/${name(found.value.id)}`;
    const document = ask<DocumentAnswer>(path).then(
      (value) => isStill() && changeSubject({ document: value }),
    );
    const history = ask<HistoryAnswer>(`${path}/history`).then(
      (value) => isStill() && changeSubject({ history: value }),
    );
    await Promise.all([document, history]);
  }

  async function run(act: Act): Promise<void> {
    store.change({ question: null, actRefused: null });
    try {
      await session.api().post('/api/acts', act);
    } catch (error) {
      if (isRefusedToken(error)) session.signOut(messageOf(error));
      store.change({ actRefused: messageOf(error) });
    }
  }

  async function interrupt(job: string): Promise<void> {
    try {
      await session.api().remove(`/api/acts/${name(job)}`);
    } catch (error) {
      // It has ended in the meantime.
      if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 409))
        store.change({ actRefused: messageOf(error) });
    }
  }

  return {
    signIn: (token) => session.signIn(token),
    signOut: () => session.signOut(null),
    choose: (projection) => store.change({ chosen: projection, isChosenByHand: true, subject: NO_SUBJECT }),
    ask: (question) => store.change(question === null ? { question } : { question, actRefused: null }),
    run: (act) => void run(act),
    interrupt: (job) => void interrupt(job),
    loadLetters: (projection) => void loadLetters(projection),
    openLetters: (id) => void openLetters(id),
    loadAudit: (projection) => void loadAudit(projection),
    find: (query) => void find(query),
    goTo: (at) => changeSubject({ at }),
    explain: (field) => changeSubject({ field }),
  };
}

function name(text: string): string {
  return encodeURIComponent(text);
}
