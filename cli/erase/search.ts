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
  readonly all: readonly Projection[];
  /** Those of them whose source view is there. */
  readonly projections: readonly Projection[];
  readonly receipt: Omit<Receipt, 'places'>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export async function searchPlaces(options: SearchOptions): Promise<readonly Place[]> {
  const { db, all } = options;
  const collections = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  const names = collections.map(({ name }) => name).filter((name) => !name.startsWith('system.'));
  const places: Place[] = [await inSource(options), await inIdempotencyKeys(options)];
  for (const name of names.toSorted()) places.push(await inCollection(options, name));
  const topics = [
    ...all.map(({ definition: { stream } }) => changesTopic(stream)),
    ...all.map(({ name }) => deadLettersTopic(name)),
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
  const theirs = (value: unknown): readonly string[] =>
    [...textsOf(value)].map(fingerprint).filter((each) => wanted.has(each));
  const found: string[] = [];
  const suspects = new Map<string, readonly string[]>();
  for await (const { _id, _sync, ...content } of db.collection(name).find()) {
    const id = String(_id);
    if (id === receipt.id) {
      if (Object.keys(content).length > 0) found.push(id);
      continue;
    }
    const matched = theirs(name === FRESHNESS_COLLECTION ? ofOurs(content) : [id, content]);
    if (matched.length > 0) suspects.set(id, matched);
  }
  return placeOf(`MongoDB: ${name}`, [...found, ...(await notOfOthers(options, name, suspects))]);
}

/** Of a note of our own: its values, without who did what. */
function ofOurs({ by: _by, act: _act, ...note }: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.values(note).flatMap((each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? Object.values(each) : [each],
  );
}

/** Two may live in the same street: a text that a document's own source has is its own. Counts, and what a history has said of its own, are not told apart. */
async function notOfOthers(
  { pool, projections, receipt }: SearchOptions,
  collection: string,
  suspects: ReadonlyMap<string, readonly string[]>,
): Promise<readonly string[]> {
  const ids = [...suspects.keys()];
  if (ids.length === 0) return [];
  const projection = projections.find(({ resource }) => collection.startsWith(resource));
  if (!projection) return ids;
  if (projection.definition.history || projection.talliesOf !== null) return [];
  const fingerprint = fingerprintWith(receipt.salt);
  const sources = await sourceOf(pool, projection, ids);
  return ids.filter((id) => {
    const source = sources.get(id);
    const own = new Set(
      source === undefined ? [] : [...textsOf(JSON.parse(source.printed))].map(fingerprint),
    );
    return suspects.get(id)?.some((each) => !own.has(each));
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
      // A change that names no document may hold it all the same.
      if (value !== null && (key?.toString() === receipt.id || value.includes(receipt.id)))
        at.push(`${partition}:${offset}`);
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
