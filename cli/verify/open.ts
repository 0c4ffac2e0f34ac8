/** What `verify`, `repair` and `explain` work on: a projection's documents, their source, and the way between the two. */
import { reachWithin } from '../../services/shared/lag/reach.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import type { Sides } from '../../services/shared/verify/sides.ts';
import { requireView } from '../../services/shared/verify/source-documents.ts';
import { need, resolveContext } from '../context.ts';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { withServers } from '../servers.ts';
import type { ServerAddresses, Servers } from '../servers.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import type { Environment, GlobalOptions } from '../verbs/environment.ts';

export type OpenSides = Servers & Sides;

/** Somebody waits for the answer: few tries. */
export function withPlaces<T>(
  addresses: ServerAddresses,
  appName: string,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  return withServers(addresses, { appName, kafka: { retries: 3 } }, work);
}

/** `waitMs`: how long the stream is given to carry what has been committed into the documents. */
export function sidesOf(
  places: Servers,
  projection: Projection,
  waitMs: number,
  signal: AbortSignal,
): OpenSides {
  const { pool, admin, db } = places;
  return {
    ...places,
    projection,
    signal,
    documents: db.collection<StoredDocument>(projection.resource),
    reached: (lsn) => reachWithin({ pool, admin, projection, group: projection.group }, lsn, waitMs, signal),
  };
}

/** Options of a verb that works on documents of one projection. */
export interface SidesOptions extends GlobalOptions {
  readonly projection?: string;
  /** Seconds that the stream is given to catch up. */
  readonly wait: number;
}

/** `ifStopped`: what is told on Ctrl-C. @throws ForeignViewError when the source view is not of this definition. */
export async function withSides<T>(
  options: SidesOptions,
  { env }: Environment,
  appName: string,
  ifStopped: string,
  work: (sides: OpenSides) => Promise<T>,
): Promise<T> {
  const addresses = need(resolveContext(options.data, env), 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
  const projection = await loadProjection(options.application, options.projection);
  const signal = stopOnSignal(ifStopped);
  return withPlaces(addresses, appName, async (places) => {
    await requireView(places.pool, projection);
    return work(sidesOf(places, projection, options.wait * 1000, signal));
  });
}
