/** The connection to the documents. It is made by the first read that finds a server, and made again whenever it breaks. */
import type { MongoClient } from 'mongodb';
import { openMongo } from '../../shared/mongo.ts';

export interface MongoSettings {
  readonly url: string;
  readonly poolSize: number;
  readonly timeoutMs: number;
}

export function createMongoClient({ url, poolSize, timeoutMs }: MongoSettings): MongoClient {
  return openMongo(url, {
    appName: 'readside-read-api',
    // Whatever the URL says: a secondary may be behind what was read before (invariant 3).
    readPreference: 'primary',
    readConcernLevel: 'majority',
    maxPoolSize: poolSize,
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    waitQueueTimeoutMS: timeoutMs,
    // Only a server that is stopped or cut off lets it run out: it ends a read by itself before.
    socketTimeoutMS: 2 * timeoutMs,
  });
}
