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
import type { SourceProgress } from '../lag/source-progress.ts';
import { topicProgress } from '../lag/topic-progress.ts';
import type { TopicEnds, TopicProgress } from '../lag/topic-progress.ts';
import { openQuarantine } from '../open-quarantine.ts';
import type { Projection } from '../projection/projection.ts';
import { countSnapshots } from '../snapshot-record.ts';
import { changesTopic, connectorName, slotName } from '../stream-names.ts';
import { reachedId, reachedRecords } from '../reached-record.ts';
import { driftId, driftRecords, knownWrong } from '../verify/drift-record.ts';
import { verificationId, verificationRecords } from '../verify/verification-record.ts';
import { repeatedly } from './asked.ts';
import type { Asked } from './asked.ts';
import type { GroupState, HealthFacts } from './facts.ts';

export interface StreamPlaces {
  readonly pool: Pool;
  readonly admin: Admin;
  /** null: the address of Kafka Connect is not known, and nothing is said of the connector. */
  readonly connect: ConnectClient | null;
}

export interface DocumentPlaces {
  readonly admin: Admin;
  /** Rejects while there is no connection. */
  readonly db: () => Promise<Db>;
  readonly projection: Projection;
}

export type PipelinePlaces = StreamPlaces & DocumentPlaces;

export type PipelineAnswers = Pick<
  HealthFacts,
  | 'down'
  | 'source'
  | 'connector'
  | 'topic'
  | 'unreplicated'
  | 'group'
  | 'quarantined'
  | 'wrong'
  | 'snapshots'
  | 'reached'
>;

/** Of a stream: the same for all read models that follow it. */
export interface StreamAnswers {
  readonly source: Asked<SourceProgress>;
  readonly connector: Asked<HealthFacts['connector']>;
  readonly topic: Asked<TopicState>;
}

export interface TopicState {
  /** null: there is no such topic. */
  readonly ends: TopicEnds | null;
  readonly unreplicated: number | null;
}

/** Of one read model. */
export interface DocumentAnswers {
  /** null: the topic is absent, or did not tell its ends. */
  readonly progress: Asked<TopicProgress> | null;
  readonly members: Asked<Members>;
  readonly documents: Asked<Record<'quarantined' | 'wrong' | 'snapshots' | 'reached', number>>;
}

export const QUESTION_TIMEOUT_MS = 3000;

/** Each call of the returned function asks once more. It never rejects. */
export function createPipelineQuestions(
  places: PipelinePlaces,
  timeoutMs = QUESTION_TIMEOUT_MS,
): () => Promise<PipelineAnswers> {
  const askStream = createStreamQuestions(places, places.projection.stream, timeoutMs);
  const askDocuments = createDocumentQuestions(places, timeoutMs);
  return async () => {
    const stream = askStream();
    const documents = askDocuments(stream.then(({ topic }) => topic));
    return answersOf(await stream, await documents);
  };
}

/** As `createPipelineQuestions`, of the stream alone. */
export function createStreamQuestions(
  { pool, admin, connect }: StreamPlaces,
  stream: string,
  timeoutMs = QUESTION_TIMEOUT_MS,
): () => Promise<StreamAnswers> {
  const name = changesTopic(stream);
  const askSource = repeatedly(() => sourceProgress(pool, slotName(stream)), timeoutMs);
  const askConnector = repeatedly(
    async () => (connect === null ? null : connectorOf(connect, connectorName(stream))),
    timeoutMs,
  );
  const askTopic = repeatedly(async (): Promise<TopicState> => {
    // Asked for a topic that does not exist, kafkajs tries for half a minute.
    const topics = await admin.listTopics();
    if (!topics.includes(name)) return { ends: null, unreplicated: null };
    const [ends, unreplicated] = await Promise.all([
      admin.fetchTopicOffsets(name),
      countUnreplicated(admin, name),
    ]);
    return { ends, unreplicated };
  }, timeoutMs);
  return async () => {
    const beside = askConnector();
    // In the order of the flow: what is proven of Postgres was true when the topic's ends were asked.
    const source = await askSource();
    const topic = await askTopic();
    return { source, connector: await beside, topic };
  };
}

/** As `createPipelineQuestions`, of one read model: how far it has come is asked when its topic has told its ends. */
export function createDocumentQuestions(
  { admin, db, projection }: DocumentPlaces,
  timeoutMs = QUESTION_TIMEOUT_MS,
): (topic: Promise<Asked<TopicState>>) => Promise<DocumentAnswers> {
  const { topic: name, group } = projection;
  let ends: TopicEnds = [];
  const askProgress = repeatedly(() => topicProgress(admin, name, group, ends), timeoutMs);
  const askMembers = repeatedly(() => membersOf(admin, group, name), timeoutMs);
  const askDocuments = repeatedly(async () => documentsOf(await db(), projection), timeoutMs);
  return async (asked) => {
    const beside = Promise.all([askMembers(), askDocuments()]);
    const known = valueOf(await asked)?.ends ?? null;
    if (known !== null) ends = known;
    const progress = known === null ? null : await askProgress();
    const [members, documents] = await beside;
    return { progress, members, documents };
  };
}

export function answersOf(stream: StreamAnswers, of: DocumentAnswers): PipelineAnswers {
  const { source, connector } = stream;
  const { progress, members, documents } = of;
  const isAbsent = stream.topic.ok && stream.topic.value.ends === null;
  const topic = isAbsent ? 'absent' : progress === null ? null : valueOf(progress);
  const kafka: Asked<unknown> =
    [stream.topic, progress, members].find((each) => each?.ok === false) ?? members;
  return {
    down: [
      ...downOf('postgres', source),
      ...downOf('kafka', kafka),
      ...downOf('connect', connector),
      ...downOf('mongod', documents),
    ],
    source: valueOf(source),
    connector: valueOf(connector),
    topic,
    unreplicated: valueOf(stream.topic)?.unreplicated ?? null,
    group: groupState(valueOf(members), topic),
    quarantined: valueOf(documents)?.quarantined ?? null,
    wrong: valueOf(documents)?.wrong ?? null,
    snapshots: valueOf(documents)?.snapshots ?? null,
    reached: valueOf(documents)?.reached ?? null,
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
): Promise<Record<'quarantined' | 'wrong' | 'snapshots' | 'reached', number>> {
  const [{ documents, unkeyed }, drift, verification, snapshots, reached] = await Promise.all([
    openQuarantine(db, projection),
    driftRecords(db).findOne({ _id: driftId(projection.name) }),
    verificationRecords(db).findOne({ _id: verificationId(projection.name) }),
    countSnapshots(db, projection.name),
    projection.references === null ? null : reachedRecords(db).findOne({ _id: reachedId(projection.name) }),
  ]);
  return {
    quarantined: documents + unkeyed,
    wrong: knownWrong(drift, verification),
    snapshots,
    reached: reached?.documents ?? 0,
  };
}

function downOf(name: HealthFacts['down'][number]['name'], asked: Asked<unknown>): HealthFacts['down'] {
  return asked.ok ? [] : [{ name, why: asked.why }];
}

function valueOf<T>(asked: Asked<T>): T | null {
  return asked.ok ? asked.value : null;
}

export interface Members {
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
