/** The topics of a stream, made before anything writes or reads them: nothing here relies on auto-creation. */
import type { Admin, ITopicConfig } from 'kafkajs';
import type { CapturedTable } from '../services/shared/projection/capture.ts';
import { waitFor } from '../stack/wait.ts';
import { changesTopic, deadLettersTopic, heartbeatTopic } from '../services/shared/stream-names.ts';

export interface TopicSettings {
  /** Of the changes' topic; never changed afterwards, for it decides the order of each document's changes. */
  readonly partitions: number;
  /** Whether another number in an existing topic is an error, and not simply how it is. */
  readonly partitionsAsked?: boolean;
  /** By default three, or as many as there are brokers. */
  readonly replicationFactor?: number;
  readonly retentionMs: number;
}

export const DEFAULT_TOPIC_SETTINGS: TopicSettings = {
  partitions: 12,
  retentionMs: 7 * 24 * 3_600_000,
};

/** By then somebody has dealt with a letter, or makes the document anew from the source; and personal data must end. */
const LETTERS_RETENTION_MS = 30 * 24 * 3_600_000;
/** A record goes with its segment only: it must not stay open for long after what is in it should go. */
const SEGMENT_MS = 24 * 3_600_000;
/** What a letter adds to the record: headers, among them an error's text. */
const LETTER_BYTES = 65_536;
const HEARTBEAT_RETENTION_MS = 3_600_000;
/** As the broker and the Connect worker take them (docker/): a column of 16 MB arrives twice, before and after, and escaped. */
export const MAX_MESSAGE_BYTES = 50_331_648;

/** The topic has another number of partitions than was asked for. */
export class PartitionsError extends Error {
  override readonly name = 'PartitionsError';
}

/** So many replicas lose nothing and stand still for nothing when one broker is away. */
const ENOUGH_REPLICAS = 3;
const LEADERS_MS = 30_000;

/** Resolves when all can be written. kafkajs' own wait throws when the broker does not know a topic yet that it has just made. */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  const names = topics.map(({ topic: name }) => name);
  await waitFor(
    `${names.join(', ')} to have leaders`,
    async () => {
      const metadata = await admin.fetchTopicMetadata({ topics: names });
      return metadata.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    },
    { timeoutMs: LEADERS_MS },
  );
}

/** Where a stream's projections say into how many partitions it goes, it can be no other number. @throws PartitionsError */
export function settingsFor(captured: readonly CapturedTable[], settings: TopicSettings): TopicSettings {
  const said = captured.find(({ partitioned }) => partitioned !== undefined)?.partitioned?.into;
  if (said === undefined) return settings;
  if (settings.partitionsAsked && settings.partitions !== said)
    throw new PartitionsError(
      `its read models say that the stream goes into ${said} partitions, not ${settings.partitions}`,
    );
  return { ...settings, partitions: said, partitionsAsked: true };
}

/** Creates what is missing, dead letters for each of the projections by name; returns the names it made. @throws PartitionsError. */
export async function ensureTopics(
  admin: Admin,
  stream: string,
  settings: TopicSettings,
  projections: readonly string[] = [],
): Promise<readonly string[]> {
  const existing = new Set(await admin.listTopics());
  const isThere = existing.has(changesTopic(stream));
  if (settings.partitionsAsked && isThere)
    await checkPartitions(admin, changesTopic(stream), settings.partitions);
  const partitions = isThere ? await partitionsOf(admin, changesTopic(stream)) : settings.partitions;
  const replicationFactor = settings.replicationFactor ?? (await replicasByBrokers(admin));
  const missing = topicsOf(stream, { ...settings, partitions, replicationFactor }, projections).filter(
    ({ topic: name }) => !existing.has(name),
  );
  if (missing.length > 0) await createTopics(admin, missing);
  return missing.map(({ topic: name }) => name);
}

/** What a stream needs, whether it is there or not. Pure. */
export function topicsOf(
  stream: string,
  { partitions, replicationFactor, retentionMs }: TopicSettings & { readonly replicationFactor: number },
  projections: readonly string[],
): readonly ITopicConfig[] {
  return [
    topic(changesTopic(stream), partitions, replicationFactor, retentionMs),
    topic(heartbeatTopic(stream), 1, replicationFactor, HEARTBEAT_RETENTION_MS),
    // A letter goes into the partition that its change came from, so there must be as many.
    ...projections.map((name) =>
      topic(
        deadLettersTopic(name),
        partitions,
        replicationFactor,
        LETTERS_RETENTION_MS,
        MAX_MESSAGE_BYTES + LETTER_BYTES,
      ),
    ),
  ];
}

async function replicasByBrokers(admin: Admin): Promise<number> {
  const { brokers } = await admin.describeCluster();
  return Math.min(ENOUGH_REPLICAS, brokers.length);
}

async function checkPartitions(admin: Admin, name: string, asked: number): Promise<void> {
  const found = await partitionsOf(admin, name);
  if (found === asked) return;
  throw new PartitionsError(
    `${name} has ${found} partitions, not ${asked}: their number cannot be changed, or a document's changes would be in two`,
  );
}

async function partitionsOf(admin: Admin, name: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  return topics[0]?.partitions.length ?? 0;
}

function topic(
  name: string,
  partitions: number,
  replicationFactor: number,
  retentionMs: number,
  maxMessageBytes = MAX_MESSAGE_BYTES,
): ITopicConfig {
  const config = {
    'cleanup.policy': 'delete',
    'retention.ms': retentionMs,
    'segment.ms': Math.min(SEGMENT_MS, retentionMs),
    // The producer decides; kafkajs reads gzip and plain (design §4).
    'compression.type': 'producer',
    'max.message.bytes': maxMessageBytes,
    'min.insync.replicas': Math.max(1, replicationFactor - 1),
  };
  return {
    topic: name,
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value: String(value) })),
  };
}
