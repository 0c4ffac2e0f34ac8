/**
 * The documents that somebody listens to. However many listen to one, it is looked up once a change. While a change stream tells which
 * documents change, only those are looked at; while none does, a short question for all that are listened to tells which. Nobody listening
 * means no question at all.
 *
 * Never back (invariant 3): a document's lookups are made one after the other, each of what a majority holds at no earlier time than the one
 * before; and whoever comes is told what a lookup has found that began after he came. Of the others it depends on nothing: one that is slow, or
 * cannot be looked up, delays and refuses nobody else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
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
  /** Between two questions where no change stream tells, and before a lookup that failed is made again. */
  readonly pollMs: number;
  readonly logger: Logger;
}

interface Watched {
  readonly listeners: Set<Listener>;
  /** Those of them who were told something. */
  readonly told: Set<Listener>;
  latest: Seen | null;
  mark: string | undefined;
  /** It may have changed since the last lookup began. */
  isDue: boolean;
  /** Whether it is being looked up, until it is not due any more. */
  isAttended: boolean;
}

export function createWatchedDocuments(options: WatchedDocumentsOptions): WatchedDocuments {
  const { look, marks, pollMs, logger } = options;
  const watched = new Map<string, Watched>();
  const underWay = new Set<Promise<void>>();
  let areChangesTold = false;
  let isPolling = false;

  /** `work` never rejects. */
  function start(work: Promise<void>): void {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  function due(id: string, document: Watched): void {
    document.isDue = true;
    if (!document.isAttended) start(attend(id, document));
  }

  function allAreDue(): void {
    for (const [id, document] of watched) due(id, document);
  }

  async function attend(id: string, document: Watched): Promise<void> {
    document.isAttended = true;
    while (document.isDue && watched.get(id) === document)
      if (!(await lookAt(id, document))) await sleep(pollMs);
    document.isAttended = false;
  }

  /** Resolves to whether it could be looked up. */
  async function lookAt(id: string, document: Watched): Promise<boolean> {
    document.isDue = false;
    const audience = [...document.listeners];
    try {
      tell(document, audience, await look(id));
      return true;
    } catch (error) {
      logger.debug({ err: error }, 'a document that is listened to cannot be looked up now');
      document.isDue = true;
      for (const listener of audience)
        if (document.listeners.has(listener) && !document.told.has(listener)) listener.failed(error);
      return false;
    }
  }

  function tell(document: Watched, audience: readonly Listener[], seen: Seen): void {
    const isNew = document.latest === null || !same(document.latest, seen);
    document.latest = seen;
    for (const listener of audience) {
      if (!document.listeners.has(listener) || (!isNew && document.told.has(listener))) continue;
      document.told.add(listener);
      listener.next(seen);
    }
  }

  /** While nothing tells of changes. */
  function poll(): void {
    if (!areChangesTold && !isPolling) start(askAgainAndAgain());
  }

  async function askAgainAndAgain(): Promise<void> {
    isPolling = true;
    while (watched.size > 0) {
      if (areChangesTold) break;
      try {
        await findDue();
      } catch (error) {
        logger.debug({ err: error }, 'what has changed of what is listened to cannot be asked now');
      }
      await sleep(pollMs);
    }
    isPolling = false;
  }

  async function findDue(): Promise<void> {
    const asked = [...watched];
    const present = await marks(asked.map(([id]) => id));
    for (const [id, document] of asked) {
      const mark = present.get(id);
      if (mark !== document.mark) due(id, document);
      document.mark = mark;
    }
  }

  return {
    listen(id, listener) {
      const document = watched.get(id) ?? newlyWatched();
      watched.set(id, document);
      document.listeners.add(listener);
      due(id, document);
      poll();
      return () => {
        document.listeners.delete(listener);
        document.told.delete(listener);
        if (document.listeners.size === 0 && watched.get(id) === document) watched.delete(id);
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
        if (document) due(id, document);
      },
      lost() {
        areChangesTold = false;
        poll();
      },
    },
    listeners: () => [...watched.values()].reduce((sum, { listeners }) => sum + listeners.size, 0),
    async stop() {
      watched.clear();
      await Promise.all(underWay);
    },
  };
}

function newlyWatched(): Watched {
  return {
    listeners: new Set(),
    told: new Set(),
    latest: null,
    mark: undefined,
    isDue: false,
    isAttended: false,
  };
}

/** The offsets, and when it was written, are in what is told of it. */
function same({ found: a }: Seen, { found: b }: Seen): boolean {
  return a === null || b === null ? a === b : a.told === b.told && a.etag === b.etag;
}
