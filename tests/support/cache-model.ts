/**
 * MongoDB and the readers of one read API, as its cache sees them: writes that a majority holds a moment later, lookups that overtake one
 * another, a change stream that lags, breaks and begins anew. Throws where a reader would see a document go back, or an answer would claim
 * more than it shows.
 */
import { Timestamp } from 'mongodb';
import type { Filter } from '../../services/shared/projection/queries.ts';
import { createReadCache } from '../../services/read-api/cache/read-cache.ts';
import type { ReadCacheOptions } from '../../services/read-api/cache/read-cache.ts';
import type { Traits } from '../../services/read-api/cache/traits.ts';
import type { Found } from '../../services/read-api/readers/found.ts';
import type { Page, PageQuery, Selection } from '../../services/read-api/readers/reader.ts';

/** Whose each document is as it is in a state: one stays, one is another's each time that it is made anew, and one is mended to be so while it is there. */
const OWNERS: Readonly<Record<string, (state: number) => 'X' | 'Y'>> = {
  a: () => 'X',
  b: (state) => (Math.floor(state / 3) % 2 === 0 ? 'X' : 'Y'),
  c: (state) => (state % 3 === 1 ? 'Y' : 'X'),
};
export const IDS = Object.keys(OWNERS);
const ownerOf = (id: string, state: number): string => OWNERS[id]?.(state) ?? '';
const at = (time: number): Timestamp => new Timestamp({ t: 1, i: time });
export const foundAt = (id: string, state: number): Found => ({
  body: `${state} ${ownerOf(id, state)}`,
  bytes: 3,
  revision: state,
  degraded: false,
  etag: `"${state}"`,
  told: `version=${state}`,
  trace: undefined,
});

const filterOn = (field: string): Filter => ({
  parameter: field,
  kind: 'field',
  list: null,
  field,
  path: field,
  span: null,
  listPath: null,
  folds: false,
});
const ODD = filterOn('odd');
const OWNER = filterOn('owner');

/** What lists are asked for by: whose a document is, and whether its changes are odd. */
const askedBy = (field: Filter) => (where: Selection['where']) => {
  const found = where.find(({ filter }) => filter === field);
  return found ? `${field.field}=${String(found.value)}` : null;
};
const TRAITS: Traits = {
  of: (body) => {
    const [state, owner] = body.split(' ');
    return [`odd=${Number(state) % 2}`, `owner=${owner}`];
  },
  asked: (where) => askedBy(OWNER)(where) ?? askedBy(ODD)(where),
  owner: {
    path: 'owner',
    trait: (value) => (typeof value === 'string' ? `owner=${value}` : null),
    of: (body) => `owner=${body.split(' ')[1]}`,
    asked: askedBy(OWNER),
  },
};

/** Which lists there are: of all documents or of an owner's, and of those all or the odd or even ones. */
export interface Question {
  readonly owner?: string;
  readonly odd?: 0 | 1;
}
export const QUESTIONS: readonly Question[] = [
  { odd: 0 },
  { odd: 1 },
  { owner: 'X' },
  { owner: 'X', odd: 0 },
  { owner: 'X', odd: 1 },
  { owner: 'Y' },
  { owner: 'Y', odd: 1 },
];

const queryOf = ({ owner, odd }: Question): PageQuery => ({
  where: [
    ...(odd === undefined ? [] : [{ filter: ODD, value: odd }]),
    ...(owner === undefined ? [] : [{ filter: OWNER, value: owner }]),
  ],
  terms: [],
  order: null,
  limit: 10,
  after: null,
});
const isAsked = ({ owner, odd }: Question, id: string, state: number): boolean =>
  (owner === undefined || owner === ownerOf(id, state)) && (odd === undefined || odd === state % 2);

/** A document was not in a list, as it was in this state. */
interface Absence {
  readonly isIn: (state: number) => boolean;
  readonly state: number;
}

/** Which change of which document is at which time; every third change of one deletes it. */
function createServer() {
  const log: string[] = [];
  let committed = 0;
  const stateOf = (id: string, time: number): number =>
    log.slice(0, time).filter((each) => each === id).length;
  return {
    write: (id: string): void => void log.push(id),
    commit: (): void => {
      committed = Math.min(log.length, committed + 1);
    },
    committed: (): number => committed,
    log: (): readonly string[] => log,
    stateOf,
    isLive: (state: number): boolean => state % 3 !== 0,
  };
}

type Server = ReturnType<typeof createServer>;

interface UnderWay {
  readonly arrive: () => void;
  execute(): void;
}

/** Readers of one process: what any of them was shown, nobody may be shown an earlier state of who asks after that. */
export function createReaders(options: Partial<ReadCacheOptions> = {}) {
  const server: Server = createServer();
  let seen = 0;
  const cache = createReadCache({
    maxBytes: 1_000_000,
    maxAgeMs: 100,
    traits: TRAITS,
    seen: () => at(seen),
    now: () => 0,
    ...options,
  });
  const shown = new Map<string, number>();
  const absences = new Map<string, readonly Absence[]>();
  const show = (id: string, state: number, notBefore: number, absent: readonly Absence[]): void => {
    if (state < notBefore) throw new Error(`${id} was shown as ${notBefore}, and then as ${state}`);
    for (const each of absent)
      if (state < each.state && each.isIn(state))
        throw new Error(
          `${id} was absent as ${each.state}, and then shown as ${state}, which is from before`,
        );
    shown.set(id, Math.max(state, shown.get(id) ?? 0));
  };
  const notBefore = (id: string): number => shown.get(id) ?? 0;
  const absencesOf = (id: string): readonly Absence[] => absences.get(id) ?? [];
  const underWay: UnderWay[] = [];
  let since: number | null = null;
  let told: number | null = null;
  let hits = 0;
  let pageHits = 0;
  const isInOf =
    (question: Question) =>
    (id: string, state: number): boolean =>
      server.isLive(state) && isAsked(question, id, state);

  /** Of all of them, at one time between asking and answer. */
  function ask(
    ids: readonly string[],
    onArrival: (states: ReadonlyMap<string, number>) => void,
    isShown: (id: string, state: number) => boolean = () => true,
  ): void {
    const expected = new Map(ids.map((id) => [id, notBefore(id)]));
    const absent = new Map(ids.map((id) => [id, absencesOf(id)]));
    let states: Map<string, number> | null = null;
    let executedAt = 0;
    const execute = (): void => {
      if (states) return;
      executedAt = server.committed();
      states = new Map(ids.map((id) => [id, server.stateOf(id, executedAt)]));
    };
    underWay.push({
      execute,
      arrive: () => {
        execute();
        seen = Math.max(seen, executedAt);
        const arrived: ReadonlyMap<string, number> = states ?? new Map<string, number>();
        for (const [id, state] of arrived)
          if (isShown(id, state)) show(id, state, expected.get(id) ?? 0, absent.get(id) ?? []);
        onArrival(arrived);
      },
    });
  }

  return {
    server,
    cache,
    hits: () => hits,
    pageHits: () => pageHits,
    lookUp: (ids: readonly string[]): void => {
      const flight = cache.depart(ids);
      ask(ids, (states) =>
        flight.arrived(
          new Map(
            [...states]
              .filter(([, state]) => server.isLive(state))
              .map(([id, state]) => [id, foundAt(id, state)]),
          ),
        ),
      );
    },
    count: (): void => ask(IDS, () => cache.shownByValue()),
    list: (question: Question): void => {
      const isIn = isInOf(question);
      const flight = cache.departPage(queryOf(question));
      ask(
        IDS,
        (states) => {
          const found = [...states].filter(([id, state]) => isIn(id, state));
          for (const [id, state] of states)
            if (!isIn(id, state))
              absences.set(id, [...absencesOf(id), { isIn: (of) => isIn(id, of), state }]);
          flight.arrived(
            { items: found.map(([id, state]) => `${id} ${state}`), next: null, degraded: false },
            found.map(([id]) => id),
          );
        },
        isIn,
      );
    },
    getPage: (question: Question): Page | null => {
      const page = cache.getPage(queryOf(question));
      if (!page) return null;
      pageHits += 1;
      const until = cache.provenUntil()?.getLowBits() ?? Infinity;
      const items = new Map(page.items.map((item) => [item.slice(0, 1), Number(item.slice(2))]));
      for (const id of IDS) {
        const state = items.get(id);
        if (state !== undefined) {
          show(id, state, notBefore(id), absencesOf(id));
          if (state < server.stateOf(id, until))
            throw new Error(`${id} is on a page as ${state}, which is not all until ${until}`);
          continue;
        }
        // It is not there: so must it be in one of the states that it may be shown in.
        const least = Math.max(notBefore(id), server.stateOf(id, until));
        const most = server.stateOf(id, server.committed());
        const possible = Array.from({ length: most - least + 1 }, (_, n) => least + n);
        if (possible.every((each) => isInOf(question)(id, each)))
          throw new Error(`${id} is not on a page, where it is from ${least} to ${most}`);
      }
      return page;
    },
    execute: (which: number): void => underWay[which % (underWay.length || 1)]?.execute(),
    arrive: (which: number): void => underWay.splice(which % (underWay.length || 1), 1)[0]?.arrive(),
    get: (id: string): void => {
      const found = cache.get(id);
      if (!found) return;
      hits += 1;
      const state = Number(found.revision);
      show(id, state, notBefore(id), absencesOf(id));
      const until = cache.provenUntil()?.getLowBits();
      if (until === undefined || state < server.stateOf(id, until))
        throw new Error(`${id} is shown as ${state}, which is not all until ${until}`);
    },
    readTime: (): void => {
      since = server.committed();
      seen = Math.max(seen, since);
    },
    begin: (): void => {
      if (since === null || told !== null) return;
      cache.sink.begun();
      told = Math.max(0, since - 1); // the change at that time is told once more
      since = null;
    },
    tell: (): void => {
      if (told === null || told >= server.committed()) return;
      const id = server.log()[told] ?? '';
      // As the server finds it by then.
      const state = server.stateOf(id, server.committed());
      cache.sink.changed(id, server.isLive(state) ? ownerOf(id, state) : undefined);
      told += 1;
      cache.sink.told(at(told), 0);
    },
    lose: (): void => {
      cache.sink.lost();
      told = null;
    },
  };
}

export type Readers = ReturnType<typeof createReaders>;
