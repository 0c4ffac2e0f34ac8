/**
 * Once a second: how old can the documents be, and does anything stand still? The age is kept beside the documents, so that each read can
 * carry it, and it is written only when it was proven: if this process stops, the readers see its age grow. The verdict goes to the
 * health board. The write is a question too: whether the store takes any.
 */
import type { Collection } from 'mongodb';
import { freshnessId } from '../shared/freshness-record.ts';
import type { FreshnessRecord } from '../shared/freshness-record.ts';
import { createPipelineQuestions, QUESTION_TIMEOUT_MS } from '../shared/health/ask-pipeline.ts';
import type { PipelineAnswers, PipelinePlaces } from '../shared/health/ask-pipeline.ts';
import { ask } from '../shared/health/asked.ts';
import type { Asked } from '../shared/health/asked.ts';
import type { Cause } from '../shared/health/causes.ts';
import type { HealthFacts } from '../shared/health/facts.ts';
import { healthId } from '../shared/health/health-record.ts';
import type { HealthRecord } from '../shared/health/health-record.ts';
import { createMotion } from '../shared/health/motion.ts';
import { HEALTH_STATES, verdictOf } from '../shared/health/verdict.ts';
import { lagOf } from '../shared/lag/lag.ts';
import type { Lag } from '../shared/lag/lag.ts';
import { createWatermarks } from '../shared/lag/watermarks.ts';
import type { Logger } from '../shared/logger.ts';
import { HEARTBEAT_INTERVAL_MS } from '../shared/stream-names.ts';
import type { HealthBoard } from './health-board.ts';
import type { KafkaFeed } from './kafka-feed.ts';
import type { ProjectorMetrics } from './metrics.ts';
import type { Restarter } from './restart-connector.ts';

const INTERVAL_MS = 1000;
/** Until it was well for the first time: somebody waits for it. */
const START_INTERVAL_MS = 250;

export interface FreshnessMeterOptions {
  readonly feed: KafkaFeed;
  readonly places: PipelinePlaces;
  readonly collection: Collection<FreshnessRecord | HealthRecord>;
  /** What other parts of the projector found out by themselves. */
  readonly found: () => readonly Cause[];
  /** Whether how far this process has come says anything of the documents. */
  readonly speaks: () => boolean;
  readonly board: HealthBoard;
  /** null: the connector is not ours to start again. */
  readonly restart: Restarter | null;
  readonly metrics: ProjectorMetrics;
  readonly logger: Logger;
}

/** Starts measuring; the returned function ends it and waits for the measure under way. */
export function startFreshnessMeter(options: FreshnessMeterOptions): () => Promise<void> {
  const { feed, places, collection, found, speaks, board, restart, metrics, logger } = options;
  const { name, stream } = places.projection;
  const stopped = new AbortController();
  const questions = createPipelineQuestions(places);
  const watermarks = createWatermarks();
  const motion = createMotion();
  let told = '';
  let settled = false;
  let observing: Promise<void> | null = null;

  /** Not waited for: a broker that hangs is told by the questions, which have their limit. */
  function observe(): void {
    observing ??= feed
      .observe()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'the partitions’ positions cannot be compared now'),
      )
      .finally(() => {
        observing = null;
      });
  }

  async function measure(): Promise<void> {
    observe();
    const answers = await questions();
    const lag = lagFrom(answers, watermarks);
    const { source, topic } = answers;
    const facts: HealthFacts = {
      ...answers,
      projection: name,
      stream,
      write: null,
      still: motion.observe(performance.now(), source, topic === 'absent' ? null : topic, answers.reached),
      lagSeconds: lag?.seconds ?? null,
      found: found(),
    };
    const write = await save(lag?.asOf ?? null, facts);
    const verdict = verdictOf({ ...facts, write });
    board.post(verdict);
    show(facts, lag);
    metrics.health.reset();
    for (const state of HEALTH_STATES) metrics.health.set({ state }, state === verdict.state ? 1 : 0);
    if (verdict.state === 'up-to-date') settled = true;
    const news = verdict.state === 'stalled' ? verdict.text.replaceAll(/\d+(\.\d+)?/g, 'N') : '';
    if (news !== told) {
      if (news === '') logger.info('the pipeline flows again');
      else logger.warn({ causes: verdict.causes }, verdict.text);
      told = news;
    }
    // Not waited for: Connect may take long, and the next measure must not.
    void restart?.({ ...facts, write });
  }

  /** Several projectors measure the same group; the time never goes back. */
  function save(asOf: Date | null, facts: HealthFacts): Promise<Asked<unknown>> {
    const { state, text, causes, warnings } = verdictOf(facts);
    const health = { state, text, causes: [...causes], warnings: [...warnings], at: new Date() };
    const measuredAt = facts.source?.now ?? null;
    if (!speaks()) return Promise.resolve({ ok: true, value: null });
    return ask(
      () =>
        collection.bulkWrite(
          [
            { updateOne: { filter: { _id: healthId(name) }, update: { $set: health }, upsert: true } },
            ...(asOf === null || measuredAt === null
              ? []
              : [
                  {
                    updateOne: {
                      filter: { _id: freshnessId(name) },
                      update: { $max: { asOf }, $set: { measuredAt } },
                      upsert: true,
                    },
                  },
                ]),
          ],
          { ordered: false },
        ),
      QUESTION_TIMEOUT_MS,
    );
  }

  function show({ source, topic }: HealthFacts, lag: Lag | null): void {
    if (topic !== null && topic !== 'absent') metrics.lagEvents.set(topic.lagEvents);
    if (lag !== null && lag.seconds !== null) metrics.lagSeconds.set(lag.seconds);
    if (source?.slot) metrics.slotBytes.set(source.slot.retainedBytes);
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await measure();
      await pause(settled ? INTERVAL_MS : START_INTERVAL_MS, stopped.signal);
    }
  }

  const running = run().catch((error: unknown) => {
    // No question rejects: this is a defect, and the board's age will tell of it.
    logger.error({ err: error }, 'health is not measured any more');
  });
  return async () => {
    stopped.abort();
    await running;
    await observing;
  };
}

function lagFrom(
  { source, topic }: PipelineAnswers,
  watermarks: ReturnType<typeof createWatermarks>,
): Lag | null {
  if (source === null || topic === null || topic === 'absent') return null;
  const proven = source.provenAt?.getTime() ?? null;
  return lagOf({ source, topic }, watermarks.observe(proven, topic), HEARTBEAT_INTERVAL_MS);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
