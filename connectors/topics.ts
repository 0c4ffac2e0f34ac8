/** The topics of a stream, made before anything writes or reads them: nothing here relies on auto-creation. */
import type { Admin, ITopicConfig } from 'kafkajs';
import { changesTopic, heartbeatTopic } from '../services/shared/stream-names.ts';

export interface TopicSettings {
  /** Of the changes' topic; never changed afterwards, for it decides the order of each document's changes. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionMs: number;
}

export const DEFAULT_TOPIC_SETTINGS: TopicSettings = {
  partitions: 12,
  replicationFactor: 1,
  retentionMs: 7 * 24 * 3_600_000,
};

const HEARTBEAT_RETENTION_MS = 3_600_000;
const MAX_MESSAGE_BYTES = 20_971_520;

/** Creates what is missing; returns the names it made. @throws Error when a topic exists with other partitions. */
export async function ensureTopics(
  admin: Admin,
  stream: string,
  settings: TopicSettings,
): Promise<readonly string[]> {
  const wanted: ITopicConfig[] = [
    topic(changesTopic(stream), settings.partitions, settings.replicationFactor, settings.retentionMs),
    topic(heartbeatTopic(stream), 1, settings.replicationFactor, HEARTBEAT_RETENTION_MS),
  ];
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic: name }) => !existing.has(name));
  if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true });
  return missing.map(({ topic: name }) => name);
}

function topic(
  name: string,
  partitions: number,
  replicationFactor: number,
  retentionMs: number,
): ITopicConfig {
  const config = {
    'cleanup.policy': 'delete',
    'retention.ms': retentionMs,
    // The producer decides; kafkajs reads gzip and plain (design §4).
    'compression.type': 'producer',
    'max.message.bytes': MAX_MESSAGE_BYTES,
    'min.insync.replicas': Math.max(1, replicationFactor - 1),
  };
  return {
    topic: name,
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value: String(value) })),
  };
}
