/** What was asked → the parts of a `StatusReport`. Pure. */
import type { Asked } from '../../services/shared/health/asked.ts';
import type { PipelineAnswers, StreamAnswers } from '../../services/shared/health/ask-pipeline.ts';
import { stageOf } from '../../services/shared/health/causes.ts';
import type { Cause } from '../../services/shared/health/causes.ts';
import { failureOf } from '../../services/shared/connect/connector-status.ts';
import type { Lag } from '../../services/shared/lag/lag.ts';
import type {
  ConnectorReport,
  LagReport,
  PlacedCause,
  SlotReport,
  StreamReport,
  Told,
  VerifiedReport,
} from '../../services/shared/status-report.ts';
import { changesTopic, connectorName } from '../../services/shared/stream-names.ts';
import type { VerificationRecord } from '../../services/shared/verify/verification-record.ts';

export function told<T>(asked: Asked<T>): Told<T> {
  return asked.ok ? asked.value : { error: asked.why };
}

export function placed(causes: readonly Cause[]): readonly PlacedCause[] {
  return causes.map((cause) => ({ ...cause, stage: stageOf(cause) }));
}

export interface StreamSeen {
  /** by a clock that never goes back, in ms */
  readonly at: number;
  readonly events: number | null;
  readonly lsn: number | null;
}

export function seenOf({ source, topic }: StreamAnswers, at: number): StreamSeen {
  const ends = topic.ok ? topic.value.ends : null;
  return {
    at,
    events: ends === null ? null : ends.reduce((sum, { high }) => sum + Number(high), 0),
    lsn: source.ok ? source.value.currentLsn : null,
  };
}

export function streamReport(
  stream: string,
  answers: StreamAnswers,
  before: StreamSeen | null,
  now: StreamSeen,
): StreamReport {
  const { source, topic } = answers;
  const ends = topic.ok ? topic.value.ends : null;
  const provenAt = source.ok ? source.value.provenAt : null;
  const writtenPerSecond = rate(before?.at, now.at, before?.events, now.events);
  const walBytesPerSecond = rate(before?.at, now.at, before?.lsn, now.lsn);
  return {
    stream,
    connector: connectorReport(stream, answers.connector),
    slot: source.ok ? slotReport(source.value) : null,
    topic:
      ends === null
        ? null
        : {
            name: changesTopic(stream),
            partitions: ends.length,
            events: ends.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0),
          },
    ...(writtenPerSecond === null ? {} : { writtenPerSecond }),
    ...(walBytesPerSecond === null ? {} : { walBytesPerSecond }),
    provenAgeSeconds:
      provenAt === null || !source.ok ? null : (source.value.now.getTime() - provenAt.getTime()) / 1000,
  };
}

function rate(
  from: number | undefined,
  to: number,
  before: number | null | undefined,
  now: number | null,
): number | null {
  if (from === undefined || before === undefined || before === null || now === null) return null;
  // A topic or a Postgres that was made anew tells nothing until the next look.
  return now < before ? null : (now - before) / ((to - from) / 1000);
}

function connectorReport(stream: string, asked: StreamAnswers['connector']): ConnectorReport | null {
  if (!asked.ok || asked.value === null) return null;
  const { value } = asked;
  if (value === 'absent' || value === 'starting')
    return { name: connectorName(stream), state: value, tasks: [], failure: null };
  return {
    name: value.name,
    state: value.connector.state,
    tasks: value.tasks.map(({ id, state }) => ({ id, state })),
    failure: failureOf(value),
  };
}

function slotReport({ slot, currentLsn }: NonNullable<PipelineAnswers['source']>): SlotReport | null {
  if (slot === null) return null;
  const { active, walStatus, retainedBytes, safeBytes, confirmedLsn } = slot;
  return {
    active,
    walStatus,
    retainedBytes,
    safeBytes,
    unconfirmedBytes: Math.max(0, currentLsn - confirmedLsn),
  };
}

export function lagReport(
  { events, bytes, seconds, asOf }: Lag,
  { topic, group }: PipelineAnswers,
): LagReport {
  const partitions = topic === null || topic === 'absent' ? [] : topic.partitions;
  const isAssigned = (partition: number): boolean =>
    group !== null && group.members > 0 && !group.unassigned.includes(partition);
  return {
    events,
    bytes,
    seconds,
    asOf: asOf?.toISOString() ?? null,
    partitions: partitions.map(({ partition, committed, end, lag }) => ({
      partition,
      committed,
      end,
      lag,
      assigned: isAssigned(partition),
    })),
  };
}

export function verifiedReport(record: VerificationRecord | null): VerifiedReport | null {
  if (record === null) return null;
  const { at, scope, compared, missing, extra, different, degraded, undecided, counts } = record;
  const found = { scope, compared, missing, extra, different, degraded, undecided };
  return { at: at.toISOString(), ...found, ...(counts === undefined ? {} : { counts }) };
}
