/**
 * The one way to a MongoDB whose documents are read: whatever a document's keys are called, its values come back as they were
 * stored. The driver asks `fieldsAsRaw[key]`, and its own `{}` says yes to `constructor`, `toString` and all else that an object
 * has by itself: an array of objects under such a key would come back as bytes.
 */
import { MongoClient } from 'mongodb';
import type { MongoClientOptions } from 'mongodb';

type NeverRaw = Readonly<Record<string, true>>;

/** Databases, collections and cursors take it from their client as it is; whoever decodes by hand must give it too. */
export const NEVER_RAW: NeverRaw = Object.freeze(Object.create(null) as NeverRaw);

export function openMongo(url: string, options: MongoClientOptions): MongoClient {
  return new MongoClient(url, { ...options, fieldsAsRaw: NEVER_RAW });
}
