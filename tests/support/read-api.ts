/** The read API in this process, on a Mongo database of its own in which tests plant documents as the projector would. */
import { randomBytes } from 'node:crypto';
import type { Collection, MongoClient } from 'mongodb';
import { pino } from 'pino';
import profile from '../../projections/profile.ts';
import { createReadApi } from '../../services/read-api/app.ts';
import type { ReadApiOptions } from '../../services/read-api/app.ts';
import { UNPROTECTED } from '../../services/shared/auth/protection.ts';
import type { FreshnessRecord } from '../../services/shared/freshness-record.ts';
import { createMongoClient } from '../../services/read-api/readers/mongo-client.ts';
import type { HttpApp } from '../../services/shared/http-app.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { DocumentState } from '../../services/shared/projection/document.ts';
import { toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { stackEndpoints } from './stack.ts';

export interface ReadAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** parsed where it is JSON, else {} */
  readonly body: Readonly<Record<string, unknown>>;
  /** members of the Freshness header by name, as they are written */
  readonly freshness: Readonly<Record<string, string>>;
}

export interface Planted {
  readonly phase?: DocumentState['phase'];
  readonly offset?: number;
  readonly lsn?: number | null;
  /** microseconds since 1970 */
  readonly committedAt?: number;
  readonly appliedAt?: Date;
}

export interface TestReadApi {
  readonly app: HttpApp;
  readonly documents: Collection<StoredDocument>;
  readonly freshnessRecords: Collection<FreshnessRecord>;
  readonly ask: (
    path: string,
    headers?: Readonly<Record<string, string>>,
    method?: 'GET' | 'HEAD' | 'POST',
  ) => Promise<ReadAnswer>;
  /** Saves a document with this content, in place of the one that it had. */
  readonly plant: (id: string, content: Readonly<Record<string, unknown>>, more?: Planted) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface TestReadApiOptions extends Partial<
  Omit<ReadApiOptions, 'mongo' | 'logger' | 'projections'>
> {
  /** default: the profiles */
  readonly projection?: Projection;
  /** served by the same application */
  readonly beside?: readonly Projection[];
  /** of a server to be asked in place of the run's; its database is ours all the same */
  readonly mongoHost?: string;
}

export const CHANGED_AT = '2026-11-23T18:00:00.123456Z';
const COMMITTED_AT = Date.parse('2026-11-23T18:00:00Z') * 1000 + 123_456;

export async function startReadApi({
  mongoHost,
  projection = profile,
  beside = [],
  ...options
}: TestReadApiOptions = {}): Promise<TestReadApi> {
  const name = `read_${randomBytes(6).toString('hex')}`;
  const mongoTimeoutMs = options.mongoTimeoutMs ?? 5000;
  const planter = clientOf(stackEndpoints().mongoUrl, name, 5000);
  const mongo = clientOf(viaHost(stackEndpoints().mongoUrl, mongoHost), name, mongoTimeoutMs);
  const app = await createReadApi({
    projections: [...beside, projection],
    source: null,
    version: '0.0.0',
    protection: UNPROTECTED,
    maxWaitSeconds: 30,
    maxWaiters: 100,
    maxStreams: 100,
    maxStreamsPerSubject: 20,
    // A test that reads at once what it has planted is about what the database holds; tests/api/read-cache.test.ts has one.
    cacheMaxBytes: 0,
    cacheMaxAgeMs: 500,
    ...options,
    mongoTimeoutMs,
    mongo,
    logger: pino({ level: 'silent' }),
  });
  const documents = planter.db().collection<StoredDocument>(projection.resource);
  return {
    app,
    documents,
    freshnessRecords: planter.db().collection<FreshnessRecord>('_readside'),
    ask: async (url, headers = {}, method = 'GET') => {
      const response = await app.inject({ method, url, headers: { ...headers } });
      return toAnswer(response.statusCode, response.headers, response.body);
    },
    plant: async (id, content, more = {}) => {
      const {
        phase = 'live',
        offset = 1,
        lsn = 100,
        committedAt = COMMITTED_AT,
        appliedAt = new Date(),
      } = more;
      const source = { lsn, txId: 1, committedAt, snapshot: false };
      const state = { phase, content };
      const stored = toStored(projection, id, state, { '3': offset }, source, appliedAt);
      await documents.replaceOne({ _id: id }, stored, { upsert: true, writeConcern: { w: 'majority' } });
    },
    close: async () => {
      await app.close();
      await mongo.close();
      await planter.db().dropDatabase();
      await planter.close();
    },
  };
}

export function toAnswer(
  status: number,
  headers: Readonly<Record<string, unknown>>,
  text: string,
): ReadAnswer {
  const given = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const isJson = given.some(([name, value]) => name === 'content-type' && value.includes('json'));
  return {
    status,
    headers: Object.fromEntries(given),
    text,
    body: isJson && text !== '' ? JSON.parse(text) : {},
    freshness: membersOf(typeof headers['freshness'] === 'string' ? headers['freshness'] : ''),
  };
}

function membersOf(dictionary: string): Record<string, string> {
  const members = dictionary.matchAll(/([a-z-]+)=("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g);
  return Object.fromEntries([...members].map(([, name = '', value = '']) => [name, value]));
}

function clientOf(url: string, database: string, timeoutMs: number): MongoClient {
  const own = new URL(url);
  own.pathname = `/${database}`;
  return createMongoClient({ url: own.href, poolSize: 10, timeoutMs });
}

/** To that host and no other: members of the replica set would be found behind it. */
function viaHost(url: string, host: string | undefined): string {
  if (host === undefined) return url;
  const via = new URL(url);
  via.host = host;
  via.searchParams.delete('replicaSet');
  via.searchParams.set('directConnection', 'true');
  return via.href;
}

/** A profile's content; what a test is about is given. */
export function profileOf(fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    email: 'Ada@Example.com',
    fullName: 'Ada Lovelace',
    displayName: null,
    phone: null,
    avatarUrl: null,
    bio: null,
    locale: null,
    status: 'active',
    version: 7,
    createdAt: '2026-11-23T18:00:00.123456Z',
    updatedAt: '2026-11-23T18:00:01.000000Z',
    addresses: [],
    preferences: {},
    ...fields,
  };
}

export function addressOf(fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: '01936d5e-0000-7000-8000-00000000000a',
    label: 'home',
    line1: '1 rue de la Paix',
    line2: null,
    city: 'Paris',
    region: null,
    postalCode: null,
    country: 'FR',
    isPrimary: true,
    createdAt: '2026-11-23T18:00:00.123456Z',
    updatedAt: '2026-11-23T18:00:00.123456Z',
    ...fields,
  };
}

/** Ids in ascending order. */
export function idOf(n: number): string {
  return `01936d5e-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** Asks until it holds. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`${what}: still ${JSON.stringify(value)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
