/** The five ways to read after a write. Each is tried in the same way: a small command, and at once the read. */
import { perform } from './commands.ts';
import { exchange, versionIn } from './http.ts';
import type { Exchange } from './http.ts';
import type { Store } from './store.ts';

export const STRATEGIES = ['eventual', 'wait', 'told', 'source', 'polling'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface Trial {
  readonly strategy: Strategy;
  readonly command: Exchange;
  readonly reads: readonly Exchange[];
  /** When the live stream showed the command; null: not yet. */
  readonly seenLiveAt: number | null;
}

const WAIT_SECONDS = 3;
const POLL_PAUSE_MS = 20;
const POLL_DEADLINE_MS = 1000 * WAIT_SECONDS;

export const DESCRIBED: Readonly<Record<Strategy, { readonly name: string; readonly text: string }>> = {
  eventual: {
    name: 'Eventual',
    text: 'What the document holds now. Fastest, and maybe from before your write.',
  },
  wait: {
    name: 'Wait',
    text: `The command’s token and Prefer: wait=${WAIT_SECONDS}. Answered as soon as your write is in it, or says that it is not.`,
  },
  told: { name: 'Token alone', text: 'No wait: what is there, and whether your write is in it.' },
  source: {
    name: 'Source',
    text: 'Asks Postgres in place of the document. Exact, and it costs the write side a query.',
  },
  polling: {
    name: 'Version polling',
    text: 'Asks for the version alone until it is yours, then for the document.',
  },
};

export const versionOf = ({ command }: Trial): number => versionIn(command.body) ?? 0;
export const lastRead = ({ reads }: Trial): Exchange | undefined => reads.at(-1);
export const showsOwn = (trial: Trial): boolean =>
  (versionIn(lastRead(trial)?.body) ?? -1) >= versionOf(trial);

/** From the acknowledgement to the last answer. */
export function elapsed(trial: Trial): number {
  return (lastRead(trial)?.answeredAt ?? trial.command.answeredAt) - trial.command.answeredAt;
}

export async function tryOut(store: Store, strategy: Strategy): Promise<void> {
  const { session, document } = store.get();
  if (!session) return;
  const count = document?.preferences['readings'];
  const readings = (typeof count === 'number' ? count : 0) + 1;
  const command = await perform(store, {
    what: `readings, read by ${DESCRIBED[strategy].name.toLowerCase()}`,
    ask: {
      method: 'PUT',
      path: `/write/users/${session.userId}/preferences/readings`,
      body: { value: readings },
    },
    change: (profile) => ({ ...profile, preferences: { ...profile.preferences, readings } }),
  });
  if (command?.token === null || command === null) return;
  const reads: Exchange[] = [];
  for await (const read of READS[strategy](`/read/profiles/${session.userId}`, command, command.token)) {
    reads.push(read);
    const trial: Trial = { strategy, command, reads: [...reads], seenLiveAt: null };
    store.set(({ trials }) => ({ trials: { ...trials, [strategy]: trial } }));
  }
}

/** When the live stream shows what a trial has written. */
export function noteLive(store: Store, version: number, at: number): void {
  store.set(({ trials }) => ({
    trials: Object.fromEntries(
      Object.entries(trials).map(([name, trial]) => [
        name,
        trial.seenLiveAt === null && version >= versionOf(trial) ? { ...trial, seenLiveAt: at } : trial,
      ]),
    ),
  }));
}

type Reads = (path: string, command: Exchange, token: string) => AsyncGenerator<Exchange>;

const READS: Readonly<Record<Strategy, Reads>> = {
  async *eventual(path) {
    yield await exchange({ method: 'GET', path });
  },
  async *wait(path, _command, token) {
    const headers = { 'consistency-token': token, prefer: `wait=${WAIT_SECONDS}` };
    yield await exchange({ method: 'GET', path, headers });
  },
  async *told(path, _command, token) {
    yield await exchange({ method: 'GET', path, headers: { 'consistency-token': token } });
  },
  async *source(path) {
    yield await exchange({ method: 'GET', path: `${path}?consistency=source` });
  },
  async *polling(path, command) {
    const wanted = versionIn(command.body) ?? 0;
    for (;;) {
      const look = await exchange({ method: 'GET', path: `${path}/version` });
      yield look;
      const isThere = (versionIn(look.body) ?? -1) >= wanted;
      if (isThere || look.answeredAt - command.answeredAt > POLL_DEADLINE_MS) break;
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_PAUSE_MS);
      });
    }
    yield await exchange({ method: 'GET', path });
  },
};
