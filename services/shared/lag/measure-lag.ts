/**
 * How far the documents are behind Postgres, measured against Postgres' own position and never against what the projector
 * believes (invariant 8): from the tables to Kafka by the slot and the heartbeats it confirmed, from Kafka to the documents
 * by the group's committed offsets.
 */
import type { Admin } from 'kafkajs';
import type { Pool } from 'pg';
import { sourceProgress } from './source-progress.ts';
import type { SourceProgress } from './source-progress.ts';
import { oldestPending, topicProgress } from './topic-progress.ts';
import type { TopicProgress } from './topic-progress.ts';

export interface Lag {
  /** Change events in Kafka that are not in the documents. */
  readonly events: number;
  /** WAL that the connector has not confirmed, in bytes; null when there is no slot. */
  readonly bytes: number | null;
  /** Age of the oldest committed change that may be missing from the documents; 0 when none can be; null: not known. */
  readonly seconds: number | null;
  /** Every commit before this time is in the documents; null: not known. */
  readonly asOf: Date | null;
  readonly source: SourceProgress;
  readonly topic: TopicProgress;
}

export interface LagPlaces {
  readonly pool: Pool;
  readonly admin: Admin;
  readonly slot: string;
  readonly topic: string;
  readonly group: string;
  /** How often the connector writes a heartbeat; what is proven is older than the present by up to this much. */
  readonly heartbeatIntervalMs: number;
}

export async function measureLag(places: LagPlaces): Promise<Lag> {
  // In the order of the flow, so that what is proven of a stage was true when the next one was asked.
  const source = await sourceProgress(places.pool, places.slot);
  const topic = await topicProgress(places.admin, places.topic, places.group);
  const pendingSince = await oldestPending(places.admin, places.topic, topic, Date.now());
  const proven = source.provenAt?.getTime() ?? null;
  const asOf = proven === null ? null : Math.min(proven, pendingSince ?? proven);
  return {
    events: topic.lagEvents,
    bytes: source.slot === null ? null : Math.max(0, source.currentLsn - source.slot.confirmedLsn),
    seconds:
      asOf === null
        ? null
        : secondsBehind(source.now.getTime() - asOf, topic.lagEvents, places.heartbeatIntervalMs),
    asOf: asOf === null ? null : new Date(asOf),
    source,
    topic,
  };
}

/** With nothing pending, an age within a few heartbeats is the measure's own grain and not a lag. */
function secondsBehind(ageMs: number, events: number, heartbeatIntervalMs: number): number {
  if (events === 0 && ageMs <= 3 * heartbeatIntervalMs) return 0;
  return Math.max(0, ageMs) / 1000;
}
