/** What a stream of changes is called in Postgres, Kafka and Connect: derived from its one name, here and nowhere else. */

export function connectorName(stream: string): string {
  return `readside-${stream}`;
}

export function slotName(stream: string): string {
  return `readside_${stream}`;
}

export function changesTopic(stream: string): string {
  return `${stream}.changes`;
}

/** What a projection could not apply, with what followed it. */
export function deadLettersTopic(projection: string): string {
  return `${projection}.dead-letters`;
}

/** Consumer group of the projectors of one version of a projection. */
export function projectorGroup(projection: string, version: number): string {
  return `${groupsOf(projection)}v${version}`;
}

/** Of all groups of a projection: of each version's projectors, of a rebuild, of documents that are kept. */
export function groupsOf(projection: string): string {
  return `readside.${projection}.`;
}

/** First part of the names of groups that are there for one reading. */
export const PASSING_GROUPS = 'readside-look-';

/** `group.id` of the Connect workers, whose topics and transactions are called after it (docker/connect/worker.properties). */
export const CONNECT_GROUP = 'readside-connect';

export const HEARTBEAT_PREFIX = 'readside.heartbeat';

export function heartbeatTopic(stream: string): string {
  return `${HEARTBEAT_PREFIX}.${stream}`;
}

/** How often the connector writes a heartbeat while it is idle or busy. */
export const HEARTBEAT_INTERVAL_MS = 1000;

export const PUBLICATION = 'readside';
