/**
 * The lag of one read model, look after look. The first look, and any that finds it further behind than the looks before have seen, reads
 * the oldest waiting change from Kafka; the others remember what was proven until the documents have caught up with it, as the projector does.
 */
import type { Admin, Kafka } from 'kafkajs';
import { ask } from '../../services/shared/health/asked.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import type { PipelineAnswers } from '../../services/shared/health/ask-pipeline.ts';
import { lagOf } from '../../services/shared/lag/lag.ts';
import type { Lag } from '../../services/shared/lag/lag.ts';
import { oldestPending } from '../../services/shared/lag/oldest-pending.ts';
import type { TopicProgress } from '../../services/shared/lag/topic-progress.ts';
import { createWatermarks } from '../../services/shared/lag/watermarks.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { TrendReport } from '../../services/shared/status-report.ts';
import { HEARTBEAT_INTERVAL_MS } from '../../services/shared/stream-names.ts';
import { passesWithin, trendOf } from './trend.ts';
import type { Seen } from './trend.ts';

export interface Measured {
  readonly lag: Asked<Lag>;
  readonly trend: TrendReport | null;
  /** What waits has come just now, and is applied as fast as it comes. */
  readonly inFlight: boolean;
}

export type LagMeter = (answers: PipelineAnswers) => Promise<Measured>;

/** To look for the oldest waiting change takes the joining of a group. */
const TIMEOUT_MS = 15_000;

export function createLagMeter(kafka: Kafka, admin: Admin, { topic }: Projection): LagMeter {
  const watermarks = createWatermarks();
  let before: Seen | null = null;
  let known: { readonly mark: string; readonly at: number | null } | null = null;

  /** Asked once for as long as nothing is applied: it stays the oldest. */
  async function pendingSince(progress: TopicProgress): Promise<number | null> {
    const mark = progress.partitions
      .filter(({ lag }) => lag > 0)
      .map((each) => `${each.partition}:${each.committed}`)
      .join(' ');
    if (known?.mark !== mark) known = { mark, at: await oldestPending(kafka, admin, topic, progress) };
    return known.at;
  }

  return async (answers) => {
    const { source, topic: progress } = answers;
    if (source === null || progress === null || progress === 'absent') {
      const why = progress === 'absent' ? `the topic ${topic} does not exist` : whyNot(answers);
      return { lag: { ok: false, why }, trend: null, inFlight: false };
    }
    const now = { at: performance.now(), topic: progress };
    const trend = before === null ? null : trendOf(before, now);
    const sinceMs = before === null ? 0 : now.at - before.at;
    before = now;
    const proven = source.provenAt?.getTime() ?? null;
    const remembered = watermarks.observe(proven, progress);
    const measured = { source, topic: progress };
    const soon = trend === null ? null : passesWithin(trend, progress);
    const byMemory = lagOf(measured, remembered, HEARTBEAT_INTERVAL_MS);
    // What is proven is a few heartbeats old at best, and that much older where it is remembered from the look before.
    const ageMs = remembered === null ? Infinity : source.now.getTime() - remembered;
    if (soon !== null && ageMs <= 3 * HEARTBEAT_INTERVAL_MS + sinceMs)
      return { lag: { ok: true, value: { ...byMemory, seconds: soon } }, trend, inFlight: true };
    if (remembered !== null && trend !== null)
      return { lag: { ok: true, value: byMemory }, trend, inFlight: false };
    const lag = await ask(async () => {
      const pending = proven === null ? null : await pendingSince(progress);
      const asOf = proven === null ? null : Math.min(proven, pending ?? proven);
      return lagOf(measured, asOf, HEARTBEAT_INTERVAL_MS);
    }, TIMEOUT_MS);
    return { lag, trend, inFlight: false };
  };
}

function whyNot({ down }: PipelineAnswers): string {
  return down.find(({ name }) => name === 'postgres' || name === 'kafka')?.why ?? 'it was not asked';
}
