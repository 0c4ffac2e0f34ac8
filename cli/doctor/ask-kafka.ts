import type { Admin } from 'kafkajs';
import { ask } from '../../services/shared/health/asked.ts';
import type { KafkaFacts, TopicFacts } from './judge-kafka.ts';

/** kafkajs' ConfigResourceTypes, which Node does not find among the exports. */
const TOPIC = 2;
const BROKER = 4;
const BROKER_SETTINGS = ['message.max.bytes', 'auto.create.topics.enable'];
const TOPIC_SETTINGS = ['cleanup.policy', 'retention.ms', 'max.message.bytes', 'min.insync.replicas'];

/** `names`: of the topics that are wanted; those that are there are told. */
export async function askKafka(
  admin: Admin,
  names: readonly string[],
  timeoutMs: number,
): Promise<KafkaFacts & { readonly clusterId: string }> {
  const { brokers, clusterId } = await admin.describeCluster();
  const existing = new Set(await admin.listTopics());
  const wanted = names.filter((name) => existing.has(name));
  const nodeId = String(brokers[0]?.nodeId ?? '');
  const [settings, topics] = await Promise.all([
    // Not everybody may read them.
    ask(() => settingsOf(admin, BROKER, [nodeId], BROKER_SETTINGS), timeoutMs),
    topicsOf(admin, wanted),
  ]);
  const ofBroker = settings.ok ? settings.value.get(nodeId) : undefined;
  const isRead = ofBroker !== undefined && Object.keys(ofBroker).length > 0;
  return { brokers: brokers.length, clusterId, settings: isRead ? ofBroker : null, topics };
}

async function topicsOf(admin: Admin, names: readonly string[]): Promise<readonly TopicFacts[]> {
  if (names.length === 0) return [];
  const [{ topics }, settings] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [...names] }),
    settingsOf(admin, TOPIC, names, TOPIC_SETTINGS),
  ]);
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.length,
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    leaderless: partitions.filter(({ leader }) => leader < 0).length,
    settings: settings.get(name) ?? {},
  }));
}

async function settingsOf(
  admin: Admin,
  type: typeof TOPIC | typeof BROKER,
  names: readonly string[],
  configNames: string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type, name, configNames })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}
