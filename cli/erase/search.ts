/** Searches every place for what is left of a person: by the id, and by the texts that the receipt has fingerprints of. */
import type { Db } from 'mongodb';
import type pg from 'pg';
import type { Admin, Kafka } from 'kafkajs';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { readTopic } from '../../services/shared/read-topic.ts';
import { changesTopic, deadLettersTopic } from '../../services/shared/stream-names.ts';
import { sourceOf } from '../../services/shared/verify/source-documents.ts';
import { retentionOf } from '../topic-retention.ts';
import { fingerprintWith, textsOf } from './fingerprints.ts';
import type { Place, Receipt } from './receipt.ts';

export interface SearchOptions {
  readonly pool: pg.Pool;
  readonly db: Db;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly projections: readonly Projection[];
  readonly receipt: Omit<Receipt, 'places'>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export async function searchPlaces(options: SearchOptions): Promise<readonly Place[]> {
  const { db, projections } = options;
  const collections = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  const names = collections.map(({ name }) => name).filter((name) => !name.startsWith('system.'));
  const places: Place[] = [await inSource(options), await inIdempotencyKeys(options)];
  for (const name of names.toSorted()) places.push(await inCollection(options, name));
  const topics = [
    ...projections.map(({ definition: { stream } }) => changesTopic(stream)),
    ...projections.map(({ name }) => deadLettersTopic(name)),
  ];
  for (const topic of new Set(topics)) places.push(await inTopic(options, topic));
  return places;
}

async function inSource({ pool, projections, receipt: { id } }: SearchOptions): Promise<Place> {
  const found = await Promise.all(projections.map((each) => sourceOf(pool, each, [id])));
  return placeOf('Postgres: rows', found.some(({ size }) => size > 0) ? [id] : []);
}

async function inIdempotencyKeys({ pool, receipt: { id } }: SearchOptions): Promise<Place> {
  const { rows } = await pool.query<{ count: string }>(
    'select count(*)::text as count from readside.kept_commands where document_id = $1',
    [id],
  );
  return placeOf('Postgres: idempotency keys', Number(rows[0]?.count ?? 0) > 0 ? [id] : []);
}

/** Live documents, those that a rebuild makes or keeps, and whatever else lies there. */
async function inCollection(options: SearchOptions, name: string): Promise<Place> {
  const { db, receipt } = options;
  const fingerprint = fingerprintWith(receipt.salt);
  const wanted = new Set(receipt.fingerprints);
  const isTheirs = (value: unknown): boolean =>
    [...textsOf(value)].some((text) => wanted.has(fingerprint(text)));
  const found: string[] = [];
  const suspects: string[] = [];
  for await (const { _id, _sync, ...content } of db.collection(name).find()) {
    const id = String(_id);
    if (id === receipt.id) {
      if (Object.keys(content).length > 0) found.push(id);
    } else if (isTheirs(name === FRESHNESS_COLLECTION ? content : [id, content])) suspects.push(id);
  }
  return placeOf(`MongoDB: ${name}`, [...found, ...(await notOfOthers(options, name, suspects))]);
}

/** Two may live in the same street. What a document says of its own subject, or has said, or many together, is none of the erased one's. */
async function notOfOthers(
  { pool, projections, receipt }: SearchOptions,
  collection: string,
  suspects: readonly string[],
): Promise<readonly string[]> {
  if (suspects.length === 0) return [];
  const projection = projections.find(({ resource }) => collection.startsWith(resource));
  if (!projection) return suspects;
  if (projection.definition.history || projection.talliesOf !== null) return [];
  const fingerprint = fingerprintWith(receipt.salt);
  const wanted = new Set(receipt.fingerprints);
  const sources = await sourceOf(pool, projection, suspects);
  return suspects.filter((id) => {
    const source = sources.get(id);
    return (
      source === undefined || ![...textsOf(JSON.parse(source))].some((text) => wanted.has(fingerprint(text)))
    );
  });
}

/** For the broker to look for what has become too old. */
const SLACK_MS = 10 * 60_000;
const READ_MS = 600_000;

async function inTopic({ kafka, admin, receipt, now }: SearchOptions, topic: string): Promise<Place> {
  const place = `Kafka: ${topic}`;
  const retention = await retentionOf(admin, topic);
  if (retention === null) return placeOf(place, []);
  const at: string[] = [];
  await readTopic(
    kafka,
    { topic, name: 'readside-erase', timeoutMs: READ_MS },
    (partition, { key, value, offset }) => {
      if (key?.toString() === receipt.id && value !== null) at.push(`${partition}:${offset}`);
    },
  );
  if (at.length === 0) return placeOf(place, []);
  if (retention.keptMs === null) return placeOf(place, at);
  // A record goes with its segment, which is closed so long after its first record, and kept so long after its last.
  const deadline = Date.parse(receipt.erasedAt) + retention.keptMs + retention.segmentMs + SLACK_MS;
  if (deadline < now) return placeOf(place, at);
  return { place, state: 'going', at, deadline: new Date(deadline).toISOString() };
}

function placeOf(place: string, at: readonly string[]): Place {
  return { place, state: at.length === 0 ? 'gone' : 'found', at };
}
