/**
 * Asks the servers of a pipeline what its health is judged by. No question takes longer than its time limit, and none that hangs is
 * asked twice at once.
 */
import { AssignerProtocol } from 'kafkajs';
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import type { Pool } from 'pg';
import { ConnectStartingError } from '../connect/connect-client.ts';
import type { ConnectClient } from '../connect/connect-client.ts';
import { sourceProgress } from '../lag/source-progress.ts';
import { topicProgress } from '../lag/topic-progress.ts';
import type { TopicProgress } from '../lag/topic-progress.ts';
import { openQuarantine } from '../open-quarantine.ts';
import type { Projection } from '../projection/projection.ts';
import { countSnapshots } from '../snapshot-record.ts';
import { connectorName, slotName } from '../stream-names.ts';
import { driftId, driftRecords } from '../verify/drift-record.ts';
import { repeatedly } from './asked.ts';
import type { Asked } from './asked.ts';
import type { GroupState, HealthFacts } from './facts.ts';

export interface PipelinePlaces {
  readonly pool: Pool;
  readonly admin: Admin;
  /** null: the address of Kafka Connect is not known, and nothing is said of the connector. */
  readonly connect: ConnectClient | null;
  /** Rejects while there is no connection. */
  readonly db: () => Promise<Db>;
  readonly projection: Projection;
}

export type PipelineAnswers = Pick<
  HealthFacts,
  'down' | 'source' | 'connector' | 'topic' | 'unreplicated' | 'group' | 'quarantined' | 'wrong' | 'snapshots'
>;

export const QUESTION_TIMEOUT_MS = 3000;

/** Each call of the returned function asks once more. It never rejects. */
export function createPipelineQuestions(
  { pool, admin, connect, db, projection }: PipelinePlaces,
  timeoutMs = QUESTION_TIMEOUT_MS,
): () => Promise<PipelineAnswers> {
  const { stream, topic: topicName, group } = projection;
  const askSource = repeatedly(() => sourceProgress(pool, slotName(stream)), timeoutMs);
  const askConnector = repeatedly(
    async () => (connect === null ? null : connectorOf(connect, connectorName(stream))),
    timeoutMs,
  );
  const askTopic = repeatedly(async () => {
    // Asked for a topic that does not exist, kafkajs tries for half a minute.
    const topics = await admin.listTopics();
    if (!topics.includes(topicName)) return { progress: 'absent' as const, unreplicated: null };
    const [progress, unreplicated] = await Promise.all([
      topicProgress(admin, topicName, group),
      countUnreplicated(admin, topicName),
    ]);
    return { progress, unreplicated };
  }, timeoutMs);
  const askGroup = repeatedly(() => membersOf(admin, group, topicName), timeoutMs);
  const askDocuments = repeatedly(async () => documentsOf(await db(), projection), timeoutMs);

  return async () => {
    const beside = Promise.all([askConnector(), askDocuments(), askGroup()]);
    // In the order of the flow: what is proven of Postgres was true when the topic's ends were asked.
    const source = await askSource();
    const asked = await askTopic();
    const [connector, documents, members] = await beside;
    const topic = valueOf(asked)?.progress ?? null;
    return {
      down: [
        ...downOf('postgres', source),
        ...downOf('kafka', asked.ok ? members : asked),
        ...downOf('connect', connector),
        ...downOf('mongod', documents),
      ],
      source: valueOf(source),
      connector: valueOf(connector),
      topic,
      unreplicated: valueOf(asked)?.unreplicated ?? null,
      group: groupState(valueOf(members), topic),
      quarantined: valueOf(documents)?.quarantined ?? null,
      wrong: valueOf(documents)?.wrong ?? null,
      snapshots: valueOf(documents)?.snapshots ?? null,
    };
  };
}

async function connectorOf(connect: ConnectClient, name: string): Promise<HealthFacts['connector']> {
  try {
    return (await connect.status(name)) ?? 'absent';
  } catch (error) {
    if (error instanceof ConnectStartingError) return 'starting';
    throw error;
  }
}

async function documentsOf(
  db: Db,
  projection: Projection,
): Promise<Record<'quarantined' | 'wrong' | 'snapshots', number>> {
  const [{ documents, unkeyed }, drift, snapshots] = await Promise.all([
    openQuarantine(db, projection),
    driftRecords(db).findOne({ _id: driftId(projection.name) }),
    countSnapshots(db, projection.name),
  ]);
  return { quarantined: documents + unkeyed, wrong: drift?.wrong ?? 0, snapshots };
}

function downOf(name: HealthFacts['down'][number]['name'], asked: Asked<unknown>): HealthFacts['down'] {
  return asked.ok ? [] : [{ name, why: asked.why }];
}

function valueOf<T>(asked: Asked<T>): T | null {
  return asked.ok ? asked.value : null;
}

interface Members {
  readonly count: number;
  /** null while the group is settling who works on what. */
  readonly assigned: ReadonlySet<number> | null;
}

async function membersOf(admin: Admin, groupId: string, topic: string): Promise<Members> {
  const { groups } = await admin.describeGroups([groupId]);
  const [group] = groups;
  if (!group) return { count: 0, assigned: null };
  const partitions = group.members.flatMap(
    ({ memberAssignment }) =>
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [],
  );
  return {
    count: group.members.length,
    assigned: group.state === 'Stable' ? new Set(partitions) : null,
  };
}

async function countUnreplicated(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics.flatMap((each) => each.partitions);
  return partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length;
}

function groupState(members: Members | null, topic: TopicProgress | 'absent' | null): GroupState | null {
  if (members === null) return null;
  const { count, assigned } = members;
  const partitions = topic === null || topic === 'absent' ? [] : topic.partitions;
  return {
    members: count,
    unassigned:
      assigned === null
        ? []
        : partitions.map(({ partition }) => partition).filter((partition) => !assigned.has(partition)),
  };
}
