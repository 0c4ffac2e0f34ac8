/**
 * The documents that somebody listens to. However many listen to one, it is looked up once a change. While a change stream tells which
 * documents change, only those are looked at; while none does, a short question for all that are listened to tells which. Nobody listening
 * means no question at all.
 *
 * Never back (invariant 3): lookups are made one after the other, each of what a majority holds at no earlier time than the one before; and
 * whoever comes is told what a lookup has found that began after he came.
 */
import type { Logger } from '../../shared/logger.ts';
import type { ChangeNews } from '../cache/change-watch.ts';
import type { Found } from '../readers/found.ts';

/** What a lookup has shown. */
export interface Seen {
  /** null: there is no such document, or none any more */
  readonly found: Found | null;
  /** Every commit before this time is in it. */
  readonly asOf: Date | null;
}

export interface Listener {
  /** Never of a state that was told before. */
  next(seen: Seen): void;
  /** Only before the first: nothing can be looked up. */
  failed(error: unknown): void;
}

export interface WatchedDocuments {
  /** The first that it is told is what there is now. Returns what ends it. */
  listen(id: string, listener: Listener): () => void;
  readonly news: ChangeNews;
  readonly listeners: () => number;
  /** Whoever listens hears no more. */
  stop(): Promise<void>;
}

export interface WatchedDocumentsOptions {
  readonly look: (id: string) => Promise<Seen>;
  /** A text for each document that there is, which is another one when the document is. */
  readonly marks: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Between two questions where no change stream tells. */
  readonly pollMs: number;
  readonly logger: Logger;
}

interface Watched {
  readonly listeners: Set<Listener>;
  /** Those of them who were told something. */
  readonly told: Set<Listener>;
  latest: Seen | null;
  mark: string | undefined;
  /** It may have changed since the last lookup. */
  isDue: boolean;
}

export function createWatchedDocuments(options: WatchedDocumentsOptions): WatchedDocuments {
  const { look, marks, pollMs, logger } = options;
  const watched = new Map<string, Watched>();
  let areChangesTold = false;
  let running = Promise.resolve();
  let isRunning = false;
  let wake: (() => void) | null = null;

  /** Never rejects. */
  async function run(): Promise<void> {
    isRunning = true;
    while (watched.size > 0) {
      try {
        if (!areChangesTold) await findDue();
        await lookAtDue();
      } catch (error) {
        logger.debug({ err: error }, 'what is listened to cannot be looked at now');
        for (const document of watched.values()) refuseNewcomers(document, error);
        await rest(pollMs);
      }
      if (![...watched.values()].some(({ isDue }) => isDue)) await rest(areChangesTold ? null : pollMs);
    }
    isRunning = false;
  }

  /** All of them, though one fails: no document is ever looked up twice at once. */
  async function lookAtDue(): Promise<void> {
    const due = [...watched].filter(([, { isDue }]) => isDue);
    const outcomes = await Promise.allSettled(due.map(([id, document]) => lookAt(id, document)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async function findDue(): Promise<void> {
    const present = await marks([...watched.keys()]);
    for (const [id, document] of watched) {
      const mark = present.get(id);
      if (mark !== document.mark) document.isDue = true;
      document.mark = mark;
    }
  }

  async function lookAt(id: string, document: Watched): Promise<void> {
    document.isDue = false;
    const audience = [...document.listeners];
    try {
      const seen = await look(id);
      const isNew = document.latest === null || !same(document.latest, seen);
      document.latest = seen;
      for (const listener of audience) {
        if (!document.listeners.has(listener) || (!isNew && document.told.has(listener))) continue;
        document.told.add(listener);
        listener.next(seen);
      }
    } catch (error) {
      document.isDue = true;
      throw error;
    }
  }

  function refuseNewcomers({ listeners, told }: Watched, error: unknown): void {
    for (const listener of listeners) if (!told.has(listener)) listener.failed(error);
  }

  /** null: until it is woken. */
  function rest(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? undefined : setTimeout(() => wake?.(), ms);
      wake = () => {
        wake = null;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function allAreDue(): void {
    for (const document of watched.values()) document.isDue = true;
    wake?.();
  }

  return {
    listen(id, listener) {
      const document = watched.get(id) ?? newlyWatched();
      watched.set(id, document);
      document.listeners.add(listener);
      document.isDue = true;
      if (isRunning) wake?.();
      else running = run();
      return () => {
        document.listeners.delete(listener);
        document.told.delete(listener);
        if (document.listeners.size > 0 || watched.get(id) !== document) return;
        watched.delete(id);
        if (watched.size === 0) wake?.();
      };
    },
    news: {
      begun() {
        areChangesTold = true;
        // What changed while none was told.
        allAreDue();
      },
      changed(id) {
        const document = watched.get(id);
        if (!document) return;
        document.isDue = true;
        wake?.();
      },
      lost() {
        areChangesTold = false;
        wake?.();
      },
    },
    listeners: () => [...watched.values()].reduce((sum, { listeners }) => sum + listeners.size, 0),
    async stop() {
      watched.clear();
      wake?.();
      await running;
    },
  };
}

function newlyWatched(): Watched {
  return { listeners: new Set(), told: new Set(), latest: null, mark: undefined, isDue: true };
}

/** The offsets, and when it was written, are in what is told of it. */
function same({ found: a }: Seen, { found: b }: Seen): boolean {
  return a === null || b === null ? a === b : a.told === b.told && a.etag === b.etag;
}
