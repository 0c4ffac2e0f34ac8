/** Kafka: brokers, their limits, and the topics as they are. Whether a topic is there at all is `readside check`'s. Pure. */
import { bytesText } from '../../services/shared/health/causes.ts';
import { checksOf } from './check.ts';
import type { Check } from './check.ts';

export interface KafkaFacts {
  readonly brokers: number;
  /** Of one broker; null: we may not read them. */
  readonly settings: Readonly<Record<string, string>> | null;
  readonly topics: readonly TopicFacts[];
}

export interface TopicFacts {
  readonly name: string;
  readonly partitions: number;
  /** Of the partition that has the fewest. */
  readonly replicas: number;
  /** Partitions without a leader. */
  readonly leaderless: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicWanted {
  readonly name: string;
  /** Whose number of partitions it must have at least; null: any. */
  readonly asMany: string | null;
  readonly maxMessageBytes: number;
}

export interface KafkaWanted {
  readonly maxMessageBytes: number;
  readonly topics: readonly TopicWanted[];
}

const { ok, warning, broken } = checksOf('kafka');
const ENOUGH_REPLICAS = 3;

export function judgeKafka(facts: KafkaFacts, wanted: KafkaWanted): readonly Check[] {
  const { brokers } = facts;
  return [
    ok('brokers', `${brokers} ${brokers === 1 ? 'broker' : 'brokers'}`),
    ...judgeBroker(facts, wanted),
    ...wanted.topics.flatMap((each) => judgeTopic(facts, each)),
  ];
}

function judgeBroker({ settings }: KafkaFacts, { maxMessageBytes }: KafkaWanted): readonly Check[] {
  if (settings === null)
    return [
      warning(
        'broker-settings',
        'the brokers’ settings cannot be read',
        'let this user describe the cluster’s configs',
      ),
    ];
  const limit = Number(settings['message.max.bytes'] ?? 0);
  return [
    limit < maxMessageBytes
      ? warning(
          'message-max-bytes',
          `the brokers take records of ${bytesText(limit)} (message.max.bytes): a change of a large row stops the connector`,
          `set message.max.bytes and replica.fetch.max.bytes to ${maxMessageBytes}`,
        )
      : ok('message-max-bytes', `the brokers take records of ${bytesText(limit)}`),
    settings['auto.create.topics.enable'] === 'true'
      ? warning(
          'auto-create-topics',
          'the brokers make topics by themselves: one that was deleted, or misspelt, comes with other settings',
          'set auto.create.topics.enable to false; readside register makes what is needed',
        )
      : ok('auto-create-topics', 'topics are made on purpose only'),
  ];
}

function judgeTopic(
  { brokers, topics }: KafkaFacts,
  { name, asMany, maxMessageBytes }: TopicWanted,
): readonly Check[] {
  const topic = topics.find((each) => each.name === name);
  if (!topic) return [];
  const { partitions, replicas, leaderless, settings } = topic;
  const found: Check[] = [];
  if (leaderless > 0)
    found.push(
      broken(
        'topic',
        `${leaderless} of ${partitions} partitions of ${name} have no leader`,
        'bring their brokers back',
      ),
    );
  const policy = settings['cleanup.policy'] ?? 'delete';
  if (policy !== 'delete')
    found.push(
      broken(
        'topic',
        `${name} is cleaned up by ${policy}: changes that are needed are thrown away`,
        `kafka-configs.sh --alter --entity-type topics --entity-name ${name} --add-config cleanup.policy=delete, then readside rebuild of its read models`,
      ),
    );
  const limit = Number(settings['max.message.bytes'] ?? maxMessageBytes);
  if (limit < maxMessageBytes)
    found.push(
      warning(
        'topic',
        `${name} takes records of ${bytesText(limit)}: a change of a large row stops the connector`,
        `kafka-configs.sh --alter --entity-type topics --entity-name ${name} --add-config max.message.bytes=${maxMessageBytes}`,
      ),
    );
  const enough = Math.min(ENOUGH_REPLICAS, brokers);
  if (replicas < enough)
    found.push(
      warning(
        'topic',
        `${name} has ${replicas} of ${enough} replicas that ${brokers} brokers could give: with one broker away, changes wait or are lost`,
        `kafka-reassign-partitions.sh, to ${enough} replicas of each partition`,
      ),
    );
  const least = topics.find((each) => each.name === asMany)?.partitions ?? 0;
  if (partitions < least)
    found.push(
      broken(
        'topic',
        `${name} has ${partitions} partitions, and ${asMany ?? ''} ${least}: a letter goes into the partition of its change`,
        `kafka-topics.sh --alter --topic ${name} --partitions ${least}`,
      ),
    );
  if (found.length > 0) return found;
  return [
    ok(
      'topic',
      `${name}: ${partitions} partitions, ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}, ${keptText(settings)}`,
    ),
  ];
}

function keptText(settings: TopicFacts['settings']): string {
  const kept = Number(settings['retention.ms'] ?? -1);
  return kept < 0 ? 'kept for ever' : `kept for ${(kept / 3_600_000).toFixed(0)} h`;
}
