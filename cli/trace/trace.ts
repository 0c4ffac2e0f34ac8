/** Follows the changes of one document from Kafka into MongoDB and to the reader, as they come. */
import type { Admin, Kafka } from 'kafkajs';
import { partitionOf } from '../../services/shared/partition-of.ts';
import { forgetGroup, passingGroup, readOnly } from '../../services/shared/passing-group.ts';
import type { SyncState } from '../../services/shared/stored-document.ts';
import type { Sides } from '../../services/shared/verify/sides.ts';
import { deferred } from '../../stack/deferred.ts';
import { DeadlineError } from '../../stack/errors.ts';
import { waitFor } from '../../stack/wait.ts';
import { CliError, EXIT } from '../exit.ts';
import { bearer } from '../local/development-token.ts';
import { readEnvelope } from './stages.ts';
import type { TracedChange } from './stages.ts';

export interface TraceOptions extends Pick<Sides, 'projection' | 'documents' | 'signal'> {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Where it is undefined, reads are not looked at. */
  readonly readApiUrl: string | undefined;
  /** null: the read API lets everybody in. */
  readonly token: string | null;
  /** It is listened from now on. */
  readonly onReady: () => void;
  /** In order. False: no more are wanted. */
  readonly onChange: (change: TracedChange) => boolean;
}

const STAGE_DEADLINE_MS = 30_000;
const POLL_MS = 2;

/** Resolves when no more are wanted or `signal` is aborted. */
export async function trace(options: TraceOptions, id: string): Promise<void> {
  const { kafka, admin, projection, signal, onReady, onChange } = options;
  const { topic } = projection;
  const offsets = await admin.fetchTopicOffsets(topic);
  // One that is not there yet may come in any.
  const wanted = (partition: number): boolean =>
    projection.definition.partitioned !== undefined || partition === partitionOf(id, offsets.length);
  const group = passingGroup('trace');
  const consumer = kafka.consumer({ groupId: group, allowAutoTopicCreation: false, maxWaitTimeInMs: 10 });
  const ended = deferred();
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  const all = offsets.map((each) => each.partition);
  readOnly(consumer, topic, all, wanted);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: false });
    consumer.on(consumer.events.CRASH, ({ payload }) => ended.reject(payload.error));
    consumer.on(consumer.events.FETCH_START, () => onReady());
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, offset, timestamp } }) => {
        const envelope = readEnvelope(value);
        if (!wanted(partition) || key?.toString('utf8') !== id || envelope === null || signal.aborted) return;
        const change = `${partition}:${offset}`;
        const at = Number(offset);
        const sync = await stage(() => appliedSync(options, id, partition, at), signal);
        const readable =
          sync === null || options.readApiUrl === undefined
            ? null
            : await stage(() => readableAt(options, id, sync.phase === 'live', `${partition}:`, at), signal);
        const applied = sync?.appliedAt.getTime() ?? null;
        if (!onChange({ change, ...envelope, inKafka: Number(timestamp), applied, readable }))
          ended.resolve();
      },
    });
    for (const { partition, high } of offsets)
      if (wanted(partition)) consumer.seek({ topic, partition, offset: high });
    await ended.promise;
  } finally {
    await consumer.disconnect();
    await forgetGroup(admin, group);
  }
}

/** null: not within the deadline. */
async function stage<T extends object | number>(
  probe: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T | null> {
  try {
    return await waitFor('a stage', probe, { timeoutMs: STAGE_DEADLINE_MS, intervalMs: POLL_MS, signal });
  } catch (error) {
    if (error instanceof DeadlineError || signal.aborted) return null;
    throw error;
  }
}

async function appliedSync(
  { documents }: TraceOptions,
  id: string,
  partition: number,
  offset: number,
): Promise<SyncState | undefined> {
  const stored = await documents.findOne(
    { _id: id },
    { projection: { _sync: 1 }, readConcern: { level: 'majority' } },
  );
  return (stored?._sync.at[partition] ?? -1) >= offset ? stored?._sync : undefined;
}

/** By this machine's clock: when it was seen. `isLive`: whether it is to be there at all. */
async function readableAt(
  { readApiUrl, token, projection, signal }: TraceOptions,
  id: string,
  isLive: boolean,
  partition: string,
  offset: number,
): Promise<number | undefined> {
  const response = await fetch(`${readApiUrl}/${projection.resource}/${encodeURIComponent(id)}`, {
    headers: bearer(token),
    signal,
  });
  if (response.status === 401)
    throw new CliError(
      EXIT.failed,
      'the read API does not take the token of stack.json, which is valid for a day: start again',
    );
  await response.arrayBuffer();
  if (!isLive) return response.status === 404 ? Date.now() : undefined;
  const [, positions = ''] = /position="([^"]*)"/.exec(response.headers.get('freshness') ?? '') ?? [];
  const position = positions.split(',').find((each) => each.startsWith(partition));
  return Number(position?.slice(partition.length)) >= offset ? Date.now() : undefined;
}
