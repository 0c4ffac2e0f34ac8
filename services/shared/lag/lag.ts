/**
 * How far the documents are behind Postgres, measured against Postgres' own position and never against what the projector
 * believes (invariant 8): from the tables to Kafka by the slot and the heartbeats it confirmed, from Kafka to the documents
 * by the group's committed offsets.
 */
import type { SourceProgress } from './source-progress.ts';
import type { TopicProgress } from './topic-progress.ts';

/** Asked in the order of the flow, so that what is proven of a stage was true when the next one was asked. */
export interface Progress {
  readonly source: SourceProgress;
  readonly topic: TopicProgress;
}

export interface Lag {
  /** Change events in Kafka that are not in the documents. */
  readonly events: number;
  /** WAL that the connector has not confirmed, in bytes; null when there is no slot. */
  readonly bytes: number | null;
  /** Age of the oldest commit that may be missing from the documents; 0 when none can be; null: not known. */
  readonly seconds: number | null;
  /** Every commit before this time is in the documents; null: not known. */
  readonly asOf: Date | null;
}

/**
 * @param asOf ms since 1970, as `Watermarks` or the oldest pending change tell it.
 * @param heartbeatIntervalMs how often the connector writes a heartbeat: what is proven is older than the present by up to this much.
 */
export function lagOf({ source, topic }: Progress, asOf: number | null, heartbeatIntervalMs: number): Lag {
  const { slot, currentLsn, now } = source;
  const ageMs = asOf === null ? null : Math.max(0, now.getTime() - asOf);
  // With nothing pending, an age within a few heartbeats is the measure's own grain and not a lag.
  const grain = topic.lagEvents === 0 && ageMs !== null && ageMs <= 3 * heartbeatIntervalMs;
  return {
    events: topic.lagEvents,
    bytes: slot === null ? null : Math.max(0, currentLsn - slot.confirmedLsn),
    seconds: ageMs === null ? null : grain ? 0 : ageMs / 1000,
    asOf: asOf === null ? null : new Date(asOf),
  };
}
