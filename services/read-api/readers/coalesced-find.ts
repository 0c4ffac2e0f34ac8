/**
 * Many lookups at once become one `$in`. The driver's cost is by call, not by document: with 50 readers this gives about five
 * times the lookups of a `findOne` each (docs/decisions). A lookup joins only a query that is not yet sent, so that it never
 * gets an answer from before it was asked; alone, it waits for no other.
 */
export type FindMany<K, D> = (keys: readonly K[]) => Promise<readonly D[]>;

interface Waiting<D> {
  readonly resolve: (found: readonly D[]) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_KEYS = 200;
/** Enough to keep the server busy; more would only make the queries smaller. */
const MAX_IN_FLIGHT = 4;

/** The returned function resolves to all that `find` gives for the key, which `keyOf` tells from the others. */
export function coalesceFinds<K, D>(
  find: FindMany<K, D>,
  keyOf: (document: D) => K,
): (key: K) => Promise<readonly D[]> {
  let queue = new Map<K, Waiting<D>[]>();
  let inFlight = 0;
  let scheduled = false;

  // setImmediate: after every request that the same turn of the event loop has read from its sockets.
  function schedule(): void {
    if (scheduled || queue.size === 0 || inFlight >= MAX_IN_FLIGHT) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void send(takeBatch()).finally(schedule);
      schedule();
    });
  }

  function takeBatch(): Map<K, Waiting<D>[]> {
    if (queue.size <= MAX_KEYS) {
      const all = queue;
      queue = new Map();
      return all;
    }
    const batch = new Map([...queue].slice(0, MAX_KEYS));
    for (const key of batch.keys()) queue.delete(key);
    return batch;
  }

  /** Never rejects: each waiting lookup is told. */
  async function send(batch: Map<K, Waiting<D>[]>): Promise<void> {
    inFlight++;
    try {
      const found = groupBy(await find([...batch.keys()]), keyOf);
      for (const [key, waiting] of batch) for (const each of waiting) each.resolve(found.get(key) ?? []);
    } catch (error) {
      // With those who have queued behind it meanwhile: one after the other, they would wait out the same failure.
      for (const [key, waiting] of queue) batch.set(key, [...(batch.get(key) ?? []), ...waiting]);
      queue = new Map();
      for (const waiting of batch.values()) for (const each of waiting) each.reject(error);
    } finally {
      inFlight--;
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      const waiting = queue.get(key);
      if (waiting) waiting.push({ resolve, reject });
      else queue.set(key, [{ resolve, reject }]);
      schedule();
    });
}

function groupBy<K, D>(documents: readonly D[], keyOf: (document: D) => K): ReadonlyMap<K, readonly D[]> {
  const groups = new Map<K, D[]>();
  for (const document of documents) {
    const key = keyOf(document);
    const group = groups.get(key);
    if (group) group.push(document);
    else groups.set(key, [document]);
  }
  return groups;
}
