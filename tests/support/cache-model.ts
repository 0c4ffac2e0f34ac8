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

export const IDS = ['a', 'b'] as const;
const at = (time: number): Timestamp => new Timestamp({ t: 1, i: time });
export const foundAt = (state: number): Found => ({
  body: `state ${state}`,
  bytes: 7,
  revision: state,
  degraded: false,
  etag: `"${state}"`,
  told: `version=${state}`,
  trace: undefined,
});

/** What lists are asked for by: whether so many changes are odd. */
const traitOf = (state: number): string => `odd=${state % 2}`;
const TRAITS: Traits = {
  of: (body) => [traitOf(Number(body.split(' ')[1]))],
  asked: ([first]) => (first === undefined ? null : traitOf(Number(first.value))),
};

const ODD: Filter = {
  parameter: 'odd',
  kind: 'field',
  list: null,
  field: 'odd',
  path: 'odd',
  span: null,
  listPath: null,
  folds: false,
};

/** A document was not in a list of those with a trait, as it was in this state. */
interface Absence {
  readonly trait: string;
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
      if (state < each.state && server.isLive(state) && traitOf(state) === each.trait)
        throw new Error(`${id} was absent with ${each.trait}, and then shown with it as ${state}`);
    shown.set(id, Math.max(state, shown.get(id) ?? 0));
  };
  const notBefore = (id: string): number => shown.get(id) ?? 0;
  const absencesOf = (id: string): readonly Absence[] => absences.get(id) ?? [];
  const underWay: UnderWay[] = [];
  let since: number | null = null;
  let told: number | null = null;
  let hits = 0;

  /** Of all of them, at one time between asking and answer. */
  function ask(
    ids: readonly string[],
    onArrival: (states: ReadonlyMap<string, number>) => void,
    isShown: (id: string, state: number) => boolean = () => true,
  ): void {
    const expected = new Map(ids.map((id) => [id, notBefore(id)]));
    const absent = new Map(ids.map((id) => [id, absencesOf(id)]));
    let states: Map<string, number> | null = null;
    const execute = (): void => {
      states ??= new Map(ids.map((id) => [id, server.stateOf(id, server.committed())]));
    };
    underWay.push({
      execute,
      arrive: () => {
        execute();
        seen = Math.max(seen, server.committed());
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
    lookUp: (ids: readonly string[]): void => {
      const flight = cache.depart(ids);
      ask(ids, (states) =>
        flight.arrived(
          new Map(
            [...states]
              .filter(([, state]) => server.isLive(state))
              .map(([id, state]) => [id, foundAt(state)]),
          ),
        ),
      );
    },
    list: (): void => ask(IDS, () => cache.shownByValue()),
    /** Those that are odd, or those that are not. */
    listBy: (value: 0 | 1): void => {
      const trait = traitOf(value);
      const isIn = (_: string, state: number): boolean => server.isLive(state) && traitOf(state) === trait;
      ask(
        IDS,
        (states) => {
          const found = [...states].filter(([id, state]) => isIn(id, state));
          for (const [id, state] of states)
            if (!isIn(id, state)) absences.set(id, [...absencesOf(id), { trait, state }]);
          cache.shownByValue({ ids: found.map(([id]) => id), where: [{ filter: ODD, value }] });
        },
        isIn,
      );
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
      cache.sink.changed(server.log()[told] ?? '');
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
