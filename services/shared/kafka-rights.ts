/**
 * Who may do what in Kafka: the least with which each of our identities can work, for a cluster that allows nothing by itself. Pure.
 *
 * Read, Write, Create and the like are Kafka's operations; Describe comes with Read and Write. `prefixed`: of every name that begins so.
 */
import {
  CONNECT_GROUP,
  PASSING_GROUPS,
  changesTopic,
  connectorName,
  deadLettersTopic,
  groupsOf,
  heartbeatTopic,
} from './stream-names.ts';

export type KafkaIdentity = 'connect' | 'projector' | 'operator';
export type KafkaOperation = 'Read' | 'Write' | 'Create' | 'Delete' | 'Describe' | 'DescribeConfigs';

export interface KafkaRight {
  readonly resource: 'topic' | 'group' | 'transactionalId';
  readonly name: string;
  readonly prefixed: boolean;
  readonly operations: readonly KafkaOperation[];
}

/** What a right depends on of a projection. */
export interface Synced {
  readonly name: string;
  readonly stream: string;
}

export function kafkaRights(
  projections: readonly Synced[],
): Readonly<Record<KafkaIdentity, readonly KafkaRight[]>> {
  return {
    connect: connectRights(streamsOf(projections)),
    projector: projectorRights(projections),
    operator: operatorRights(projections),
  };
}

/** The worker and its connectors are one user: whoever can register a connector has the worker's rights anyhow. */
function connectRights(streams: readonly string[]): readonly KafkaRight[] {
  return [
    ...['configs', 'offsets', 'status'].map((which) =>
      topic(`${CONNECT_GROUP}-${which}`, ['Create', 'Read', 'Write', 'DescribeConfigs']),
    ),
    group(CONNECT_GROUP, ['Read']),
    // The leader writes the connectors' configuration in transactions, and a task its changes with its place in the source.
    transactionalId(`connect-cluster-${CONNECT_GROUP}`, ['Write']),
    ...streams.flatMap((stream) => [
      transactionalId(`${CONNECT_GROUP}-${connectorName(stream)}-0`, ['Write']),
      topic(changesTopic(stream), ['Write']),
      topic(heartbeatTopic(stream), ['Write']),
    ]),
  ];
}

/** Enough for the verbs that only ask, too: they can be run where a projector runs. */
function projectorRights(projections: readonly Synced[]): readonly KafkaRight[] {
  return [
    ...streamsOf(projections).flatMap((stream) => [
      topic(changesTopic(stream), ['Read', 'DescribeConfigs']),
      topic(heartbeatTopic(stream), ['Describe']),
    ]),
    ...projections.flatMap(({ name }) => [
      topic(deadLettersTopic(name), ['Write']),
      // Of every version, and of documents that are kept: their group is deleted with them.
      prefixed(group(groupsOf(name), ['Read', 'Delete'])),
    ]),
    prefixed(group(PASSING_GROUPS, ['Read', 'Delete'])),
  ];
}

/** register, rebuild and all other verbs. */
function operatorRights(projections: readonly Synced[]): readonly KafkaRight[] {
  return [
    ...streamsOf(projections).flatMap((stream) => [
      topic(changesTopic(stream), ['Create', 'Read', 'DescribeConfigs']),
      topic(heartbeatTopic(stream), ['Create', 'Describe']),
    ]),
    ...projections.flatMap(({ name }) => [
      topic(deadLettersTopic(name), ['Create', 'Read', 'Write', 'DescribeConfigs']),
      prefixed(group(groupsOf(name), ['Read', 'Delete'])),
    ]),
    // Of one reading of a topic each.
    prefixed(group(PASSING_GROUPS, ['Read', 'Delete'])),
  ];
}

function topic(name: string, operations: readonly KafkaOperation[]): KafkaRight {
  return { resource: 'topic', name, prefixed: false, operations };
}

function group(name: string, operations: readonly KafkaOperation[]): KafkaRight {
  return { resource: 'group', name, prefixed: false, operations };
}

function transactionalId(name: string, operations: readonly KafkaOperation[]): KafkaRight {
  return { resource: 'transactionalId', name, prefixed: false, operations };
}

function prefixed(right: KafkaRight): KafkaRight {
  return { ...right, prefixed: true };
}

function streamsOf(projections: readonly Synced[]): readonly string[] {
  return [...new Set(projections.map(({ stream }) => stream))];
}
